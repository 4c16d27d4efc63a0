using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Pipeline;
using Microsoft.AspNetCore.Http.Features;

namespace ImageToText.Gateway.Dialects.OpenAi;

/// <summary>
/// POST /v1/chat/completions as OpenAI's clients send it, of whose messages the last picture and the last question count. Without a
/// picture, a sentence asks for one, free of charge.
/// </summary>
internal sealed class OpenAiDialect(ChatIntake chats, TimeProvider time) : IDialect
{
    private static readonly byte[] Done = "[DONE]"u8.ToArray();

    /// <inheritdoc/>
    public async Task<CaptionRequest?> ReadAsync(HttpContext http, Admitted admitted)
    {
        var (ask, request) = await chats.ReadAsync(http, admitted, ChatForm.Completions);
        http.Features.Set(ask);
        if (request is null)
        {
            AnswerHeaders.WriteFree(http.Response);
            await WriteAsync(http, ask, admitted.RequestId, ask.Model!, ChatText.PictureWanted(ask), null);
        }

        return request;
    }

    /// <inheritdoc/>
    public Task WriteAsync(HttpContext http, CaptionRequest request, CaptionAnswer answer)
    {
        var ask = http.Features.GetRequiredFeature<ChatAsk>();
        var texts = answer.Whole is { } whole ? ChatText.Of(ask, whole) : null;
        return WriteAsync(http, ask, request.RequestId, answer.ModelId, texts, answer.Updates);
    }

    /// <inheritdoc/>
    public Task WriteRefusalAsync(HttpContext http, Refusal refusal, string requestId) =>
        http.Response.WriteAsJsonAsync(ErrorOf(refusal), PlainJson.OpenAi.OpenAiErrorBody, cancellationToken: http.RequestAborted);

    private static OpenAiErrorBody ErrorOf(Refusal refusal) => new(OpenAiErrors.Of(refusal, ChatForm.Completions));

    private Task WriteAsync(
        HttpContext http,
        ChatAsk ask,
        string requestId,
        string model,
        IReadOnlyList<ChatText>? texts,
        IAsyncEnumerable<AnswerUpdate>? updates
    )
    {
        string id = "chatcmpl-" + requestId;
        long created = time.GetUtcNow().ToUnixTimeSeconds();
        return ask.Stream
            ? AnswerEvents.WriteAsync(
                http,
                EventsOf(ask, texts, updates, new ChatChunk(id, "chat.completion.chunk", created, model, [], null)),
                static refusal => AnswerEvents.Of(ErrorOf(refusal), PlainJson.OpenAi.OpenAiErrorBody)
            )
            : http.Response.WriteAsJsonAsync(
                new ChatCompletion(
                    id,
                    "chat.completion",
                    created,
                    model,
                    [
                        .. texts!.Select(
                            static (text, index) => new ChatChoice(index, new ChatMessage("assistant", text.Text), text.FinishReason)
                        ),
                    ],
                    UsageOf(texts!)
                ),
                PlainJson.OpenAi.ChatCompletion,
                cancellationToken: http.RequestAborted
            );
    }

    private static async IAsyncEnumerable<SseItem<byte[]>> EventsOf(
        ChatAsk ask,
        IReadOnlyList<ChatText>? texts,
        IAsyncEnumerable<AnswerUpdate>? updates,
        ChatChunk chunk,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        yield return EventOf(
            chunk with
            {
                Choices = [.. Enumerable.Range(0, texts?.Count ?? 1).Select(static index => Piece(index, "", "assistant"))],
            }
        );
        if (updates is not null)
        {
            await foreach (var update in updates.WithCancellation(cancellationToken))
            {
                if (update.Piece is { } piece)
                {
                    yield return EventOf(chunk with { Choices = [Piece(0, piece.Text)] });
                }

                texts = update.Whole is { } whole ? ChatText.Of(ask, whole) : texts;
            }
        }
        else
        {
            yield return EventOf(chunk with { Choices = [.. texts!.Select(static (text, index) => Piece(index, text.Text))] });
        }

        yield return EventOf(
            chunk with
            {
                Choices =
                [
                    .. (texts ?? throw new RefusalException(Refusals.NodesFailed(1))).Select(
                        static (text, index) => new ChatChunkChoice(index, new ChatDelta(null, null), text.FinishReason)
                    ),
                ],
            }
        );
        if (ask.IncludeUsage)
        {
            yield return EventOf(chunk with { Usage = UsageOf(texts) });
        }

        yield return new SseItem<byte[]>(Done);
    }

    private static ChatChunkChoice Piece(int index, string text, string? role = null) => new(index, new ChatDelta(role, text), null);

    private static SseItem<byte[]> EventOf(ChatChunk chunk) => AnswerEvents.Of(chunk, PlainJson.OpenAi.ChatChunk);

    private static ChatUsage UsageOf(IReadOnlyList<ChatText> texts)
    {
        int tokens = texts.Sum(static text => text.Tokens);
        return new ChatUsage(0, tokens, tokens);
    }
}
