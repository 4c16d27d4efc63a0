namespace ImageToText.Gateway.Pipeline;

/// <summary>The steps in order, as one call. They are the same for every dialect and for each picture of a batch.</summary>
internal sealed class CaptionPipeline
{
    private readonly CaptionDelegate _first;

    /// <summary>Chains <paramref name="steps"/>; the last one must answer by itself.</summary>
    public CaptionPipeline(IEnumerable<ICaptionStep> steps)
    {
        _first = static (_, _) => throw new InvalidOperationException("No step of the pipeline answered.");
        foreach (var step in steps.Reverse())
        {
            var next = _first;
            _first = (request, cancellationToken) => step.CaptionAsync(request, next, cancellationToken);
        }
    }

    /// <summary>Captions one picture.</summary>
    /// <exception cref="Errors.RefusalException">There is no caption, and why.</exception>
    public Task<CaptionAnswer> CaptionAsync(CaptionRequest request, CancellationToken cancellationToken) =>
        _first(request, cancellationToken);
}
