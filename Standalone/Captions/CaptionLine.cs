using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ImageToText.Captioning;
using ImageToText.Contracts;
using ImageToText.InferenceService.Answers;

namespace ImageToText.Standalone.Captions;

/// <summary>A caption as one line of JSON: the node's answer and the picture's path.</summary>
internal sealed record CaptionLine
{
    private static readonly CaptionLineJson Json = new(
        new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            // Paths and captions stay readable: these lines never reach a browser.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }
    );

    public required string Path { get; init; }

    public required string Text { get; init; }

    public required string ModelId { get; init; }

    public CaptionDetails? Details { get; init; }

    /// <summary>Returns the line in UTF-8, without its line feed.</summary>
    /// <param name="path">The picture's path.</param>
    /// <param name="text">The caption, in its final wording.</param>
    /// <param name="caption">All that is known about it.</param>
    /// <param name="details">Whether the line has details.</param>
    public static byte[] Serialize(string path, string text, Caption caption, bool details) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new CaptionLine
            {
                Path = path,
                Text = text,
                ModelId = caption.ModelId,
                Details = details ? CaptionAnswers.ToDetails(caption) : null,
            },
            Json.CaptionLine
        );
}

[JsonSerializable(typeof(CaptionLine))]
internal sealed partial class CaptionLineJson : JsonSerializerContext;
