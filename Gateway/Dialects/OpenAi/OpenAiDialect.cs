using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Pipeline;
using Microsoft.AspNetCore.Http.Features;

namespace ImageToText.Gateway.Dialects.OpenAi;

/// <summary>POST /v1/chat/completions as OpenAI's clients send it, with one picture among the messages.</summary>
internal sealed class OpenAiDialect(PictureIntake intake, RemotePictureReader remote, TimeProvider time) : IDialect
{
    private static readonly byte[] Done = "[DONE]"u8.ToArray();

    /// <inheritdoc/>
    public async Task<CaptionRequest> ReadAsync(HttpContext http, Admitted admitted)
    {
        if (!http.Request.HasJsonContentType())
        {
            throw Refusals.UnsupportedContentType(http.Request.ContentType, "application/json");
        }

        using var json = await intake.ReadJsonAsync(http.Request);
        var ask = ChatAsk.Read(json.Root);
        var cache = http.Request.GetTypedHeaders().CacheControl;
        var picture =
            !json.IsLong(ask.Picture) && RemotePictureReader.AddressOf(ask.Picture.GetString()!) is { } address
                ? await remote.ReadAsync(address, http.RequestAborted)
                : json.TakePicture(ask.Picture, "image_url");
        http.Features.Set(ask);
        return new CaptionRequest
        {
            RequestId = admitted.RequestId,
            Caller = admitted.Caller,
            AdmittedAt = admitted.At,
            Picture = picture,
            ModelId = ask.Model,
            Parameters = ask.Parameters,
            MaxPricePerPixel = ask.MaxPricePerPixel,
            // Several captions come together, at their end.
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
            return StreamAsync(http, ask, answer, new ChatChunk(id, "chat.completion.chunk", created, answer.ModelId, [], null));
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
        return new OpenAiErrorBody(new OpenAiError(refusal.Message, type, refusal.Parameter, refusal.Code));
    }

    private static async Task StreamAsync(HttpContext http, ChatAsk ask, CaptionAnswer answer, ChatChunk chunk)
    {
        EventStream.Begin(http.Response);
        try
        {
            await SendAsync(
                http,
                chunk with
                {
                    Choices = [.. Enumerable.Range(0, ask.Count).Select(static index => Piece(index, "", "assistant"))],
                }
            );
            CaptionResponse whole;
            if (answer.Updates is null)
            {
                whole = answer.Whole!;
                var captions = CaptionsOf(whole, ask.Count);
                await SendAsync(http, chunk with { Choices = [.. captions.Select(static (caption, index) => Piece(index, caption.Text))] });
            }
            else
            {
                whole = await SendPiecesAsync(http, answer.Updates, chunk);
            }

            var ended = CaptionsOf(whole, ask.Count);
            await SendAsync(
                http,
                chunk with
                {
                    Choices =
                    [
                        .. ended.Select(
                            static (caption, index) => new ChatChunkChoice(index, new ChatDelta(null, null), caption.FinishReason)
                        ),
                    ],
                }
            );
            if (ask.IncludeUsage)
            {
                await SendAsync(http, chunk with { Usage = UsageOf(ended) });
            }

            await EventStream.SendAsync(http.Response, null, Done);
        }
        catch (RefusalException refused) when (http.Response.HasStarted)
        {
            await EventStream.SendAsync(
                http.Response,
                null,
                JsonSerializer.SerializeToUtf8Bytes(ErrorOf(refused.Refusal), OpenAiJson.Default.OpenAiErrorBody)
            );
        }
    }

    private static async Task<CaptionResponse> SendPiecesAsync(HttpContext http, IAsyncEnumerable<AnswerUpdate> updates, ChatChunk chunk)
    {
        CaptionResponse? whole = null;
        await foreach (var update in updates.WithCancellation(http.RequestAborted))
        {
            if (update.Piece is { } piece)
            {
                await SendAsync(http, chunk with { Choices = [Piece(0, piece.Text)] });
            }

            whole = update.Whole ?? whole;
        }

        return whole ?? throw new RefusalException(Refusals.NodesFailed(1));
    }

    private static ChatChunkChoice Piece(int index, string text, string? role = null) => new(index, new ChatDelta(role, text), null);

    private static Task SendAsync(HttpContext http, ChatChunk chunk) =>
        EventStream.SendAsync(http.Response, null, JsonSerializer.SerializeToUtf8Bytes(chunk, OpenAiJson.Default.ChatChunk));

    // A runner that tells no details gives one caption, of unknown length.
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
