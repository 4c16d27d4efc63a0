namespace ImageToText.Bench.Gateways;

/// <summary>How far the just-in-time compiler was when the measurement began.</summary>
/// <param name="Rounds">Rounds before it.</param>
/// <param name="IsQuiet">Whether the compiler had little left to do; otherwise the time for it was over.</param>
/// <param name="Compiled">Methods that were compiled during the measurement all the same.</param>
internal sealed record WarmUpRounds(int Rounds, bool IsQuiet, long Compiled);
