using System.Globalization;
using ImageToText.Contracts;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Dialects;

/// <summary>The headers of every dialect's answers.</summary>
internal static class AnswerHeaders
{
    public const string RequestId = "x-request-id";
    public const string Cost = "x-cost-usd";
    public const string Cache = "x-cache";
    public const string ModelRevision = "x-model-revision";
    public const string Node = "x-node";
    public const string Replayed = "idempotent-replayed";
    public const string ServerTiming = "Server-Timing";

    /// <summary>Sets the headers of <paramref name="answer"/>.</summary>
    public static void Write(HttpResponse response, CaptionAnswer answer, TimeSpan elapsed)
    {
        var headers = response.Headers;
        headers[Cost] = CostText(answer.Charge.CostUsd);
        headers[Cache] = answer.CacheWord;
        if (answer.ModelRevision is { } revision)
        {
            headers[ModelRevision] = Sendable(revision);
        }

        if (answer.Charge.NodeId is { } node)
        {
            headers[Node] = Sendable(node);
        }

        if (answer.IsReplay)
        {
            headers[Replayed] = "true";
        }

        if (answer.PromptIgnored)
        {
            headers[CaptionHeaders.Prompt] = "ignored";
        }

        string total = string.Create(CultureInfo.InvariantCulture, $"gateway;dur={elapsed.TotalMilliseconds:0.###}");
        headers[ServerTiming] = answer.ServerTiming is { Length: > 0 } stages ? $"{Sendable(stages)}, {total}" : total;
    }

    /// <summary>Says that an answer without a caption costs nothing.</summary>
    public static void WriteFree(HttpResponse response) => response.Headers[Cost] = CostText(0);

    // A node's own values may contain what a header can't. The caption was paid for, so it is sent.
    private static string Sendable(string text) =>
        !text.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? text
            : string.Concat(text.Select(static letter => letter is >= ' ' and <= '~' ? letter : '?'));

    /// <summary>A cost as text: all significant digits, no trailing zeros, no exponent.</summary>
    public static string CostText(decimal cost) => Contracts.Prices.Cost.WithoutTrailingZeros(cost).ToString(CultureInfo.InvariantCulture);
}
