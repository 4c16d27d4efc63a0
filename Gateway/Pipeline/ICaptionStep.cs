namespace ImageToText.Gateway.Pipeline;

/// <summary>The rest of the pipeline.</summary>
/// <exception cref="Errors.RefusalException">There is no caption, and why.</exception>
internal delegate Task<CaptionAnswer> CaptionDelegate(CaptionRequest request, CancellationToken cancellationToken);

/// <summary>
/// One step from a request to its caption. A step may answer by itself, or change what goes on to the next step or what comes
/// back from it.
/// </summary>
internal interface ICaptionStep
{
    /// <summary>Captions the picture, or lets <paramref name="next"/> do it.</summary>
    Task<CaptionAnswer> CaptionAsync(CaptionRequest request, CaptionDelegate next, CancellationToken cancellationToken);
}
