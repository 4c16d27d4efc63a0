namespace ImageToText.Contracts.Jobs;

/// <summary>
/// What the items of a job cost by the prices in force when it was started. Captions that are in the cache cost less, and items that
/// fail cost nothing.
/// </summary>
/// <param name="LeastUsd">With the cheapest node for each picture, without the pictures whose size isn't known.</param>
/// <param name="MostUsd">With the dearest node for each picture that the price caps allow.</param>
/// <param name="Pixels">Pixels of the pictures whose headers could be read.</param>
/// <param name="Pictures">The number of pictures.</param>
/// <param name="Bounded">
/// How many of them have no header that can be read here, such as those at web addresses. In the most, each counts as the largest
/// picture that the gateway takes.
/// </param>
public sealed record JobQuote(decimal LeastUsd, decimal MostUsd, long Pixels, int Pictures, int Bounded);
