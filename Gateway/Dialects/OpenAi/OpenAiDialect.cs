using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using ImageToText.Contracts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Pipeline;
using Microsoft.AspNetCore.Http.Features;

namespace ImageToText.Gateway.Dialects.OpenAi;

/// <summary>
/// POST /v1/chat/completions as OpenAI's clients send it, of whose messages the last picture and the last question count.
/// </summary>
internal sealed class OpenAiDialect(PictureIntake intake, RemotePictureReader remote, TimeProvider time) : IDialect
{
    private static readonly byte[] Done = "[DONE]"u8.ToArray();

    /// <inheritdoc/>
    public async Task<CaptionRequest?> ReadAsync(HttpContext http, Admitted admitted)
    {
        if (!http.Request.HasJsonContentType())
        {
            throw Refusals.UnsupportedContentType(http.Request.ContentType, "application/json");
        }

        using var json = await intake.ReadJsonAsync(http.Request);
        var ask = ChatAsk.Read(json.Root);
        var cache = http.Request.GetTypedHeaders().CacheControl;
        var picture = await remote.TakeAsync(json, ask.Messages.Picture, "image_url", http.RequestAborted);
        http.Features.Set(ask);
        return new CaptionRequest
        {
            RequestId = admitted.RequestId,
            Caller = admitted.Caller,
            AdmittedAt = admitted.At,
            Picture = picture,
            ModelId = ask.Model,
            Parameters = ask.Parameters,
            ChatText = ask.Messages.Question,
            MaxPricePerPixel = ask.MaxPricePerPixel,
            // Several captions come together, at the end.
            Stream = ask.Stream && ask.Count == 1,
            Details = true,
            ReadsCache = cache is not ({ NoCache: true } or { NoStore: true }),
            WritesCache = cache is not { NoStore: true },
        };
    }

    /// <inheritdoc/>
    public Task WriteAsync(HttpContext http, CaptionRequest request, CaptionAnswer answer)
    {
        var ask = http.Features.GetRequiredFeature<ChatAsk>();
        string id = "chatcmpl-" + request.RequestId;
        long created = time.GetUtcNow().ToUnixTimeSeconds();
        if (ask.Stream)
        {
            return AnswerEvents.WriteAsync(
                http,
                EventsOf(ask, answer, new ChatChunk(id, "chat.completion.chunk", created, answer.ModelId, [], null)),
                static refusal => AnswerEvents.Of(ErrorOf(refusal), OpenAiJson.Default.OpenAiErrorBody)
            );
        }

        var captions = CaptionsOf(answer.Whole!, ask.Count);
        return http.Response.WriteAsJsonAsync(
            new ChatCompletion(
                id,
                "chat.completion",
                created,
                answer.ModelId,
                [
                    .. captions.Select(
                        static (caption, index) => new ChatChoice(index, new ChatMessage("assistant", caption.Text), caption.FinishReason)
                    ),
                ],
                UsageOf(captions)
            ),
            OpenAiJson.Default.ChatCompletion,
            cancellationToken: http.RequestAborted
        );
    }

    /// <inheritdoc/>
    public Task WriteRefusalAsync(HttpContext http, Refusal refusal, string requestId) =>
        http.Response.WriteAsJsonAsync(ErrorOf(refusal), OpenAiJson.Default.OpenAiErrorBody, cancellationToken: http.RequestAborted);

    private static OpenAiErrorBody ErrorOf(Refusal refusal)
    {
        string type = refusal.Status switch
        {
            401 => "authentication_error",
            402 => "insufficient_quota",
            403 => "permission_error",
            429 => "rate_limit_error",
            >= 500 => "server_error",
            _ => "invalid_request_error",
        };
        return new OpenAiErrorBody(new OpenAiError(refusal.Message, type, NameOf(refusal.Parameter), refusal.Code));
    }

    // The names that OpenAI's clients know.
    private static string? NameOf(string? parameter) =>
        parameter switch
        {
            "model_id" => "model",
            Refusals.PictureParameter => "messages",
            _ => parameter,
        };

    private static async IAsyncEnumerable<SseItem<byte[]>> EventsOf(
        ChatAsk ask,
        CaptionAnswer answer,
        ChatChunk chunk,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        yield return EventOf(
            chunk with
            {
                Choices = [.. Enumerable.Range(0, ask.Count).Select(static index => Piece(index, "", "assistant"))],
            }
        );
        var whole = answer.Whole;
        if (answer.Updates is { } updates)
        {
            await foreach (var update in updates.WithCancellation(cancellationToken))
            {
                if (update.Piece is { } piece)
                {
                    yield return EventOf(chunk with { Choices = [Piece(0, piece.Text)] });
                }

                whole = update.Whole ?? whole;
            }
        }

        var captions = CaptionsOf(whole ?? throw new RefusalException(Refusals.NodesFailed(1)), ask.Count);
        if (answer.Updates is null)
        {
            yield return EventOf(chunk with { Choices = [.. captions.Select(static (caption, index) => Piece(index, caption.Text))] });
        }

        yield return EventOf(
            chunk with
            {
                Choices =
                [
                    .. captions.Select(
                        static (caption, index) => new ChatChunkChoice(index, new ChatDelta(null, null), caption.FinishReason)
                    ),
                ],
            }
        );
        if (ask.IncludeUsage)
        {
            yield return EventOf(chunk with { Usage = UsageOf(captions) });
        }

        yield return new SseItem<byte[]>(Done);
    }

    private static ChatChunkChoice Piece(int index, string text, string? role = null) => new(index, new ChatDelta(role, text), null);

    private static SseItem<byte[]> EventOf(ChatChunk chunk) => AnswerEvents.Of(chunk, OpenAiJson.Default.ChatChunk);

    // A runner without details gives one caption of unknown length.
    private static List<(string Text, string FinishReason, int Tokens)> CaptionsOf(CaptionResponse whole, int count) =>
        whole.Details is { Sequences: { Count: > 0 } sequences }
            ?
            [
                .. sequences
                    .Take(count)
                    .Select(static sequence =>
                        (sequence.Text, sequence.FinishReason == "length" ? "length" : "stop", sequence.TokenIds.Count)
                    ),
            ]
            : [(whole.Text, "stop", 0)];

    private static ChatUsage UsageOf(List<(string Text, string FinishReason, int Tokens)> captions)
    {
        int tokens = captions.Sum(static caption => caption.Tokens);
        return new ChatUsage(0, tokens, tokens);
    }
}
