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
        string? prompt = PromptOf(network.View.PromptUseOf(request.ModelId!), asked, said);
        bool isIgnored = (asked is not null && prompt != asked) || (!string.IsNullOrWhiteSpace(said) && prompt != said);
        var answer = await next(request with { Parameters = request.Parameters.WithPrompt(prompt) }, cancellationToken);
        return isIgnored ? answer with { PromptIgnored = true } : answer;
    }

    /// <summary>What a model gets as its prompt; null: nothing.</summary>
    /// <param name="use">What it does with one; null: nobody knows.</param>
    /// <param name="asked">The prompt that was asked for by name; null: none.</param>
    /// <param name="said">What was said in the conversation.</param>
    public static string? PromptOf(PromptUse? use, string? asked, string said)
    {
        string? prompt = use switch
        {
            PromptUse.None => null,
            PromptUse.Follows => asked ?? said,
            // A sentence is no task. A task that is unknown, or lacks its input, is refused by the model, which knows the rule.
            PromptUse.Tasks => asked ?? (Task().IsMatch(said) ? said : null),
            _ => asked,
        };
        return string.IsNullOrWhiteSpace(prompt) ? null : prompt;
    }

    [GeneratedRegex(@"^\s*<\s*[A-Za-z][A-Za-z0-9_]*\s*>", RegexOptions.CultureInvariant)]
    private static partial Regex Task();
}
