using ImageToText.Captioning;

namespace ImageToText.Standalone;

/// <summary>What the commands need from the captioning library.</summary>
/// <param name="LoadAsync">Loads a model folder.</param>
internal sealed record Engine(Func<string, CaptionerOptions, CancellationToken, Task<ICaptioner>> LoadAsync)
{
    /// <summary>The library itself.</summary>
    public static Engine Real { get; } =
        new(async (folder, options, cancellationToken) => await Captioner.LoadAsync(folder, options, cancellationToken));
}
