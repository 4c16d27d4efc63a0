namespace ImageToText.Contracts;

/// <summary>
/// The events of a streamed caption (server-sent events). Pieces have no event name; exactly one of <see cref="CaptionEvent"/> and
/// <see cref="ErrorEvent"/> ends the stream. A stream that ends without either was cut off.
/// </summary>
public static class CaptionStream
{
    /// <summary>The name of the last event of a stream that went well; its data is a <see cref="CaptionResponse"/> with details.</summary>
    public const string CaptionEvent = "caption";

    /// <summary>The name of the last event of a stream that failed; its data is a <see cref="CaptionStreamError"/>.</summary>
    public const string ErrorEvent = "error";
}

/// <summary>A piece of a caption while it is generated; the data of an event without a name.</summary>
public sealed record CaptionPiece
{
    /// <summary>Text to append to the pieces before.</summary>
    public required string Text { get; init; }

    /// <summary>The token's id, if the piece is one token.</summary>
    public int? TokenId { get; init; }

    /// <summary>The token's log-probability, if the piece is one token.</summary>
    public float? LogProbability { get; init; }
}

/// <summary>Why a stream ended without a caption.</summary>
/// <param name="Status">The HTTP status that the error would have had before the first piece.</param>
/// <param name="Detail">What went wrong.</param>
public sealed record CaptionStreamError(int Status, NodeErrorDetail Detail);
