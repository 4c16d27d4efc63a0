using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageToText.Client.Requests;

namespace ImageToText.Client.Batches;

/// <summary>A file of requests, one line for each picture, written while the pictures are read.</summary>
internal sealed class PictureLines : HttpContent
{
    /// <summary>The endpoint that the lines are for.</summary>
    public const string Endpoint = "/v1/chat/completions";

    private const int LongestName = 256;

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IAsyncEnumerable<Picture> _pictures;
    private readonly JsonObject _options;

    public PictureLines(IAsyncEnumerable<Picture> pictures, CaptionOptions options)
    {
        _pictures = pictures;
        _options = CaptionOptionsJson.FieldsOf(options);
        // A chat completion calls these differently, and has no details.
        Rename("model_id", "model");
        Rename("prompt", "caption_prefix");
        _options.Remove("details");
        Headers.ContentType = new MediaTypeHeaderValue("application/jsonl");
    }

    /// <summary>What is wrong with the pictures; null: nothing so far.</summary>
    public string? Fault { get; private set; }

    /// <summary>What the caller's own code threw while it made the pictures; null: nothing.</summary>
    public Exception? CallersFailure { get; private set; }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        await using var pictures = _pictures.GetAsyncEnumerator(cancellationToken);
        while (await NextAsync(pictures, cancellationToken))
        {
            var picture = pictures.Current;
            string name = picture.Name is { Length: > 0 } given
                ? given
                : string.Create(CultureInfo.InvariantCulture, $"picture {names.Count + 1}");
            if (name.Length > LongestName || !names.Add(name))
            {
                throw Refused(
                    name.Length > LongestName
                        ? $"A picture's name has {name.Length} characters: give it one of at most {LongestName}."
                        : $"Two pictures are called '{name}': give each its own name."
                );
            }

            await using (var line = new Utf8JsonWriter(stream, Writing))
            {
                Write(line, name, picture);
                await line.FlushAsync(cancellationToken);
            }

            await stream.WriteAsync("\n"u8.ToArray(), cancellationToken);
        }

        if (names.Count == 0)
        {
            throw Refused("There are no pictures: give one or more.");
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    private async ValueTask<bool> NextAsync(IAsyncEnumerator<Picture> pictures, CancellationToken cancellationToken)
    {
        try
        {
            return await pictures.MoveNextAsync();
        }
        // What ended the upload has cancelled the caller's code, too, and says more.
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            CallersFailure = failure;
            throw;
        }
    }

    private void Write(Utf8JsonWriter line, string name, Picture picture)
    {
        line.WriteStartObject();
        line.WriteString("custom_id", name);
        line.WriteString("method", "POST");
        line.WriteString("url", Endpoint);
        line.WriteStartObject("body");
        foreach (var (option, value) in _options)
        {
            line.WritePropertyName(option);
            value!.WriteTo(line);
        }

        line.WriteStartArray("messages");
        line.WriteStartObject();
        line.WriteString("role", "user");
        line.WriteStartArray("content");
        line.WriteStartObject();
        line.WriteString("type", "image_url");
        line.WriteStartObject("image_url");
        // The service detects the actual type from the bytes.
        line.WriteString("url", "data:application/octet-stream;base64," + Convert.ToBase64String(picture.Bytes.Span));
        line.WriteEndObject();
        line.WriteEndObject();
        line.WriteEndArray();
        line.WriteEndObject();
        line.WriteEndArray();
        line.WriteEndObject();
        line.WriteEndObject();
    }

    private InvalidOperationException Refused(string fault) => new(Fault = fault);

    private void Rename(string name, string other)
    {
        if (_options.Remove(name, out var value))
        {
            _options[other] = value;
        }
    }
}
