using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Pipeline;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Dialects.Ollama;

/// <summary>
/// POST /api/generate and /api/chat as Ollama's clients send them: the last picture and the last question count. A request without
/// either loads the model or, with keep_alive 0, lets it go; that is free, and a model that others may use stays loaded.
/// </summary>
internal sealed class OllamaDialect(
    bool isChat,
    PictureIntake intake,
    RemotePictureReader remote,
    OllamaModels models,
    IOptions<ConversationOptions> conversations,
    TimeProvider time
) : IDialect
{
    private const double NanosecondsPerMillisecond = 1e6;

    /// <inheritdoc/>
    public async Task<CaptionRequest?> ReadAsync(HttpContext http, Admitted admitted)
    {
        // Some programs send no content type, so it isn't looked at.
        using var json = await intake.ReadJsonAsync(http.Request);
        var ask = OllamaAsk.Read(json.Object, isChat);
        http.Features.Set(ask);
        if (!ask.HasPicture)
        {
            await AnswerWithoutCaptionAsync(http, admitted, ask);
            return null;
        }

        var picture = await remote.TakeAsync(json, ask.Picture, "images", http.RequestAborted);
        return admitted.Caption(http, picture, ask.Parameters) with
        {
            ModelId = models.IdOf(ask.Model),
            ChatText = ask.Text,
            // JSON is complete or nothing.
            Stream = ask.Stream && ask.Format is null,
            Details = true,
        };
    }

    /// <inheritdoc/>
    public Task WriteAsync(HttpContext http, CaptionRequest request, CaptionAnswer answer)
    {
        var ask = http.Features.GetRequiredFeature<OllamaAsk>();
        string model = ask.Model ?? answer.ModelId;
        return ask.Stream
            ? AnswerLines.WriteAsync(
                http,
                LinesOf(ask, request, answer, model),
                static refusal => JsonSerializer.SerializeToUtf8Bytes(new OllamaError(refusal.Message), PlainJson.Ollama.OllamaError)
            )
            : http.Response.WriteAsJsonAsync(
                Last(request.AdmittedAt, answer.Whole, model, Worded(ask, answer.Whole!.Text)),
                PlainJson.Ollama.OllamaAnswer,
                cancellationToken: http.RequestAborted
            );
    }

    /// <inheritdoc/>
    public Task WriteRefusalAsync(HttpContext http, Refusal refusal, string requestId) =>
        http.Response.WriteAsJsonAsync(
            new OllamaError(refusal.Message),
            PlainJson.Ollama.OllamaError,
            cancellationToken: http.RequestAborted
        );

    private static string Worded(OllamaAsk ask, string caption) => ask.Format?.Write(caption) ?? caption;

    private async Task AnswerWithoutCaptionAsync(HttpContext http, Admitted admitted, OllamaAsk ask)
    {
        bool asks = ask.Text.Length > 0;
        if (asks && conversations.Value.RefuseWithoutPicture)
        {
            throw Refusals.MissingPicture("images");
        }

        string? modelId = models.IdOf(ask.Model);
        if (asks || ask.LetsGo)
        {
            models.Check(admitted.Caller, modelId);
        }
        else
        {
            await models.LoadAsync(admitted.Caller, modelId, http.RequestAborted);
        }

        var last = Last(admitted.At, null, ask.Model ?? "", asks ? Worded(ask, ConversationOptions.PictureWanted) : "") with
        {
            DoneReason =
                asks ? "stop"
                : ask.LetsGo ? "unload"
                : "load",
        };
        http.Response.Headers[AnswerHeaders.Cost] = 0.ToString(CultureInfo.InvariantCulture);
        if (asks && ask.Stream)
        {
            http.Response.ContentType = AnswerLines.ContentType;
        }

        await http.Response.WriteAsJsonAsync(
            last,
            PlainJson.Ollama.OllamaAnswer,
            contentType: http.Response.ContentType,
            cancellationToken: http.RequestAborted
        );
    }

    private async IAsyncEnumerable<byte[]> LinesOf(
        OllamaAsk ask,
        CaptionRequest request,
        CaptionAnswer answer,
        string model,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var whole = answer.Whole;
        if (whole is not null)
        {
            yield return Bytes(Line(model, Worded(ask, whole.Text)));
        }
        else
        {
            await foreach (var update in answer.Updates!.WithCancellation(cancellationToken))
            {
                if (update.Piece is { } piece)
                {
                    yield return Bytes(Line(model, piece.Text));
                }

                whole = update.Whole ?? whole;
            }
        }

        yield return Bytes(Last(request.AdmittedAt, whole ?? throw new RefusalException(Refusals.NodesFailed(1)), model, ""));
    }

    private OllamaAnswer Last(long admittedAt, CaptionResponse? whole, string model, string text)
    {
        var best = whole?.Details?.Sequences is [var first, ..] ? first : null;
        var timings = whole?.Details?.Timings;
        return Line(model, text, isLast: true) with
        {
            DoneReason = best?.FinishReason == "length" ? "length" : "stop",
            TotalDuration = Nanoseconds(time.GetElapsedTime(admittedAt).TotalMilliseconds),
            LoadDuration = 0,
            PromptEvalCount = 0,
            PromptEvalDuration = Nanoseconds(timings?.Encode ?? 0),
            EvalCount = best?.TokenIds.Count ?? 0,
            EvalDuration = Nanoseconds(timings?.Generate ?? 0),
        };
    }

    private OllamaAnswer Line(string model, string text, bool isLast = false)
    {
        var line = new OllamaAnswer(model, time.GetUtcNow().UtcDateTime, isLast);
        return isChat ? line with { Message = new OllamaMessage("assistant", text) } : line with { Response = text };
    }

    private static byte[] Bytes(OllamaAnswer line) => JsonSerializer.SerializeToUtf8Bytes(line, PlainJson.Ollama.OllamaAnswer);

    // Programs divide by it.
    private static long Nanoseconds(double milliseconds) => Math.Max(1, (long)(milliseconds * NanosecondsPerMillisecond));
}
