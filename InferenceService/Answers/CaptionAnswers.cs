using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json;
using ImageToText.Captioning;
using ImageToText.Contracts;
using ImageToText.ImageHeaders;

namespace ImageToText.InferenceService.Answers;

/// <summary>Captions in the form in which they are sent.</summary>
public static class CaptionAnswers
{
    /// <summary>A caption's details, as a node returns them and the command line writes them.</summary>
    /// <param name="caption">What the engine made.</param>
    /// <returns>All sequences, the confidence, the picture's data, and times in milliseconds.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A sequence ended for a reason that has no name in the API.</exception>
    public static CaptionDetails ToDetails(Caption caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        return Details(caption);
    }

    internal static CaptionResponse ToResponse(Caption caption, bool details) =>
        details
            ? new CaptionResponse
            {
                Text = caption.Text,
                ModelId = caption.ModelId,
                Details = ToDetails(caption),
            }
            : new CaptionResponse { Text = caption.Text };

    /// <summary>Turns an update into an event of the stream; null: it has nothing to say yet.</summary>
    internal static SseItem<byte[]>? ToEvent(CaptionUpdate update) =>
        update switch
        {
            { Caption: { } caption } => new(
                JsonSerializer.SerializeToUtf8Bytes(ToResponse(caption, details: true), NodeApiJson.Default.CaptionResponse),
                CaptionStream.CaptionEvent
            ),
            { Text.Length: > 0 } => new(
                JsonSerializer.SerializeToUtf8Bytes(
                    new CaptionPiece
                    {
                        Text = update.Text,
                        TokenId = update.TokenId,
                        LogProbability = update.LogProbability,
                    },
                    NodeApiJson.Default.CaptionPiece
                )
            ),
            _ => null,
        };

    /// <summary>The standard Server-Timing header, which browsers and proxies show.</summary>
    internal static string ServerTiming(CaptionTimings timings) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"queue;dur={timings.Queue.TotalMilliseconds:0.###}, decode;dur={timings.Decode.TotalMilliseconds:0.###}, "
                + $"preprocess;dur={timings.Preprocess.TotalMilliseconds:0.###}, "
                + $"encode;dur={timings.Encode.TotalMilliseconds:0.###}, "
                + $"generate;dur={timings.Generate.TotalMilliseconds:0.###}"
        );

    /// <summary>The caption of an answer with details; null: the answer lacks some.</summary>
    internal static Caption? FromResponse(CaptionResponse response) =>
        response is { Text: { } text, ModelId: { } model, Details: { Sequences.Count: > 0, Image: { } image } details }
        && Enum.TryParse<ImageFormat>(image.Format, ignoreCase: true, out var format)
            ? new Caption
            {
                Text = text,
                ModelId = model,
                Sequences =
                [
                    .. details.Sequences.Select(sequence => new CaptionSequence
                    {
                        Text = sequence.Text,
                        TokenIds = sequence.TokenIds,
                        LogProbabilities = sequence.LogProbabilities,
                        Pieces = sequence.Pieces ?? [],
                        Regions = [.. (sequence.Regions ?? []).Select(ToRegion)],
                        Score = sequence.Score,
                        FinishReason = sequence.FinishReason == "stop" ? FinishReason.Stop : FinishReason.Length,
                    }),
                ],
                Confidence = details.Confidence,
                Image = new PictureInfo(image.Width, image.Height, format) { Warning = image.Warning },
                Timings = default,
            }
            : null;

    private static CaptionRegionDetails Details(CaptionRegion region) =>
        new()
        {
            Label = region.Label,
            Left = region.Left,
            Top = region.Top,
            Right = region.Right,
            Bottom = region.Bottom,
            Outline = region.Outline is { Count: > 0 } corners
                ? [.. corners.Select(static corner => (double[])[corner.X, corner.Y])]
                : null,
        };

    private static CaptionRegion ToRegion(CaptionRegionDetails region) =>
        new()
        {
            Label = region.Label,
            Left = region.Left,
            Top = region.Top,
            Right = region.Right,
            Bottom = region.Bottom,
            Outline =
            [
                .. (region.Outline ?? [])
                    .Where(static corner => corner.Count == 2)
                    .Select(static corner => new RegionPoint(corner[0], corner[1])),
            ],
        };

    private static CaptionDetails Details(Caption caption) =>
        new()
        {
            Sequences =
            [
                .. caption.Sequences.Select(sequence => new CaptionSequenceDetails
                {
                    Text = sequence.Text,
                    TokenIds = sequence.TokenIds,
                    LogProbabilities = sequence.LogProbabilities,
                    Pieces = sequence.Pieces is { Count: > 0 } pieces ? pieces : null,
                    Regions = sequence.Regions is { Count: > 0 } regions ? [.. regions.Select(Details)] : null,
                    Score = sequence.Score,
                    FinishReason = sequence.FinishReason switch
                    {
                        FinishReason.Stop => "stop",
                        FinishReason.Length => "length",
                        var other => throw new ArgumentOutOfRangeException(
                            nameof(caption),
                            other,
                            "A finish reason without a name in the API."
                        ),
                    },
                }),
            ],
            Confidence = caption.Confidence,
            Image = new CaptionImageDetails(caption.Image.Width, caption.Image.Height, caption.Image.Format.ToString().ToLowerInvariant())
            {
                Warning = caption.Image.Warning,
            },
            Timings = new CaptionTimingDetails(
                caption.Timings.Queue.TotalMilliseconds,
                caption.Timings.Decode.TotalMilliseconds,
                caption.Timings.Preprocess.TotalMilliseconds,
                caption.Timings.Encode.TotalMilliseconds,
                caption.Timings.Generate.TotalMilliseconds
            ),
        };
}
