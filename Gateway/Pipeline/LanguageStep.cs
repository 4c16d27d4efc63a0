using ImageToText.Contracts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Registry;

namespace ImageToText.Gateway.Pipeline;

/// <summary>
/// Refuses a language that the model doesn't write. One that it writes changes nothing, so it is left out of the request and of the
/// cache's keys.
/// </summary>
internal sealed class LanguageStep(Network network) : ICaptionStep
{
    /// <inheritdoc/>
    public Task<CaptionAnswer> CaptionAsync(CaptionRequest request, CaptionDelegate next, CancellationToken cancellationToken)
    {
        if (request.Parameters.Language is not { } asked)
        {
            return next(request, cancellationToken);
        }

        string model = request.ModelId!;
        var written = network.View.LanguagesOf(model);
        return written.Any(language => language == "multilingual" || PrimaryOf(language) == PrimaryOf(asked))
            ? next(request with { Parameters = request.Parameters.WithoutLanguage() }, cancellationToken)
            : throw Refusals.InvalidOption(
                CaptionOptionTable.Language.Name,
                written.Count == 0
                    ? $"Nothing says which languages '{model}' writes. Leave 'language' out."
                    : $"'{model}' writes these languages: {string.Join(", ", written)}. Leave 'language' out, or choose another model: "
                        + "GET /models lists the languages of each."
            );
    }

    // en of en-GB.
    private static string PrimaryOf(string tag) => tag.Trim().Split('-', '_')[0].ToUpperInvariant();
}
