using System.Text.Json.Serialization;

namespace ImageToText.Gateway.Dialects.OpenAi;

/// <summary>An answer of the response API. What is null or fixed in it is there because clients read it.</summary>
internal sealed record ModelResponse(string Id, long CreatedAt, string Model, string Status)
{
    /// <summary>response.</summary>
    public string Object { get; } = "response";

    /// <summary>The messages.</summary>
    public IReadOnlyList<ResponseMessage> Output { get; init; } = [];

    /// <summary>Token counts; null: not yet known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ResponseUsage? Usage { get; init; }

    /// <summary>Why the text ends early; null: it does not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ResponseEnd? IncompleteDetails { get; init; }

    /// <summary>What went wrong; null: nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ResponseFault? Error { get; init; }

    /// <summary>null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Instructions { get; init; }

    /// <summary>Empty.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    /// <summary>false.</summary>
    public bool ParallelToolCalls { get; }

    /// <summary>1.</summary>
    public double Temperature { get; } = 1;

    /// <summary>1.</summary>
    public double TopP { get; } = 1;

    /// <summary>auto.</summary>
    public string ToolChoice { get; } = "auto";

    /// <summary>Empty.</summary>
    public IReadOnlyList<string> Tools { get; } = [];
}

/// <summary>The caption as a message.</summary>
internal sealed record ResponseMessage(string Id, string Status, IReadOnlyList<ResponseText> Content)
{
    /// <summary>message.</summary>
    public string Type { get; } = "message";

    /// <summary>assistant.</summary>
    public string Role { get; } = "assistant";
}

/// <summary>The caption's text.</summary>
internal sealed record ResponseText(string Text)
{
    /// <summary>output_text.</summary>
    public string Type { get; } = "output_text";

    /// <summary>Empty.</summary>
    public IReadOnlyList<string> Annotations { get; } = [];
}

/// <summary>Token counts; a picture is charged by its pixels.</summary>
internal sealed record ResponseUsage(int InputTokens, int OutputTokens, int TotalTokens)
{
    /// <summary>Nothing.</summary>
    public InputTokenDetails InputTokensDetails { get; } = new(0, 0);

    /// <summary>Nothing.</summary>
    public OutputTokenDetails OutputTokensDetails { get; } = new(0);
}

/// <summary>What is known about the tokens read.</summary>
internal sealed record InputTokenDetails(int CachedTokens, int CacheWriteTokens);

/// <summary>What is known about the tokens written.</summary>
internal sealed record OutputTokenDetails(int ReasoningTokens);

/// <summary>Why a text ends early.</summary>
internal sealed record ResponseEnd(string Reason);

/// <summary>Why there is no text.</summary>
internal sealed record ResponseFault(string Code, string Message);

/// <summary>An event of a streamed answer; each type has some of the fields.</summary>
internal sealed record ResponseEvent(string Type, int SequenceNumber)
{
    /// <summary>The answer so far.</summary>
    public ModelResponse? Response { get; init; }

    /// <summary>The place of the message.</summary>
    public int? OutputIndex { get; init; }

    /// <summary>The message.</summary>
    public ResponseMessage? Item { get; init; }

    /// <summary>The message's id.</summary>
    public string? ItemId { get; init; }

    /// <summary>The place of the text in the message.</summary>
    public int? ContentIndex { get; init; }

    /// <summary>The text.</summary>
    public ResponseText? Part { get; init; }

    /// <summary>What is added to the text.</summary>
    public string? Delta { get; init; }

    /// <summary>The whole text.</summary>
    public string? Text { get; init; }

    /// <summary>Empty, where a text is.</summary>
    public IReadOnlyList<string>? Logprobs { get; init; }

    /// <summary>Of an error.</summary>
    public string? Code { get; init; }

    /// <summary>Of an error.</summary>
    public string? Message { get; init; }

    /// <summary>Of an error.</summary>
    public string? Param { get; init; }
}
