using System.Text.RegularExpressions;
using ImageToText.Contracts;
using ImageToText.Gateway.Registry;

namespace ImageToText.Gateway.Pipeline;

/// <summary>
/// Makes a prompt of what a caller says in a conversation, if the model can use it. What it can't use is left out of the request, and so
/// out of the cache's keys, and the answer says so.
/// </summary>
internal sealed partial class PromptStep(Network network) : ICaptionStep
{
    /// <inheritdoc/>
    public async Task<CaptionAnswer> CaptionAsync(CaptionRequest request, CaptionDelegate next, CancellationToken cancellationToken)
    {
        if (request.ChatText is not { } said)
        {
            return await next(request, cancellationToken);
        }

        string? asked = request.Parameters.Prompt;
        string? prompt = network.View.PromptUseOf(request.ModelId!) switch
        {
            PromptUse.None => null,
            PromptUse.Follows => asked ?? said,
            // A sentence is no task. A task that is unknown, or lacks its input, is refused by the model, which knows the rule.
            PromptUse.Tasks => asked ?? (IsTask(said) ? said : null),
            _ => asked,
        };
        prompt = string.IsNullOrWhiteSpace(prompt) ? null : prompt;
        bool isIgnored = (asked is not null && prompt != asked) || (!string.IsNullOrWhiteSpace(said) && prompt != said);
        var answer = await next(request with { Parameters = request.Parameters.WithPrompt(prompt) }, cancellationToken);
        return isIgnored ? answer with { PromptIgnored = true } : answer;
    }

    /// <summary>Whether <paramref name="text"/> begins like a task of Florence-2, such as <c>&lt;OCR&gt;</c>.</summary>
    public static bool IsTask(string text) => Task().IsMatch(text);

    [GeneratedRegex(@"^\s*<\s*[A-Za-z][A-Za-z0-9_]*\s*>", RegexOptions.CultureInvariant)]
    private static partial Regex Task();
}
