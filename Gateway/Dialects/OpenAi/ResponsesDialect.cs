using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Pipeline;
using Microsoft.AspNetCore.Http.Features;

namespace ImageToText.Gateway.Dialects.OpenAi;

/// <summary>POST /v1/responses as OpenAI's clients send it: the same conversation in another form, with events that have names.</summary>
internal sealed class ResponsesDialect(ChatIntake chats, TimeProvider time) : IDialect
{
    private const string Running = "in_progress";

    /// <inheritdoc/>
    public async Task<CaptionRequest?> ReadAsync(HttpContext http, Admitted admitted)
    {
        var (ask, request) = await chats.ReadAsync(http, admitted, ChatForm.Responses);
        http.Features.Set(ask);
        if (request is null)
        {
            AnswerHeaders.WriteFree(http.Response);
            await WriteAsync(http, ask, admitted.RequestId, ask.Model!, ChatText.PictureWanted(ask)[0], null);
        }

        return request;
    }

    /// <inheritdoc/>
    public Task WriteAsync(HttpContext http, CaptionRequest request, CaptionAnswer answer)
    {
        var ask = http.Features.GetRequiredFeature<ChatAsk>();
        ChatText? text = answer.Whole is { } whole ? ChatText.Of(ask, whole)[0] : null;
        return WriteAsync(http, ask, request.RequestId, answer.ModelId, text, answer.Updates);
    }

    /// <inheritdoc/>
    public Task WriteRefusalAsync(HttpContext http, Refusal refusal, string requestId) =>
        http.Response.WriteAsJsonAsync(
            new OpenAiErrorBody(OpenAiErrors.Of(refusal, ChatForm.Responses)),
            PlainJson.OpenAi.OpenAiErrorBody,
            cancellationToken: http.RequestAborted
        );

    private Task WriteAsync(
        HttpContext http,
        ChatAsk ask,
        string requestId,
        string model,
        ChatText? text,
        IAsyncEnumerable<AnswerUpdate>? updates
    )
    {
        var begun = new ModelResponse("resp_" + requestId, time.GetUtcNow().ToUnixTimeSeconds(), model, Running);
        return ask.Stream
            ? AnswerEvents.WriteAsync(http, EventsOf(ask, text, updates, begun), Explain)
            : http.Response.WriteAsJsonAsync(
                Ended(begun, text!.Value),
                PlainJson.OpenAi.ModelResponse,
                cancellationToken: http.RequestAborted
            );
    }

    private static SseItem<byte[]> Explain(Refusal refusal)
    {
        var error = OpenAiErrors.Of(refusal, ChatForm.Responses);
        // Its place among the events is unknown here, and no client counts.
        return EventOf(
            new ResponseEvent("error", 0)
            {
                Code = error.Code,
                Message = error.Message,
                Param = error.Param,
            }
        );
    }

    private static async IAsyncEnumerable<SseItem<byte[]>> EventsOf(
        ChatAsk ask,
        ChatText? text,
        IAsyncEnumerable<AnswerUpdate>? updates,
        ModelResponse begun,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        int number = 0;
        string item = MessageIdOf(begun);
        yield return EventOf(new ResponseEvent("response.created", number++) { Response = begun });
        yield return EventOf(new ResponseEvent("response.in_progress", number++) { Response = begun });
        yield return EventOf(
            new ResponseEvent("response.output_item.added", number++) { OutputIndex = 0, Item = new ResponseMessage(item, Running, []) }
        );
        yield return EventOf(Placed("response.content_part.added", number++, item) with { Part = new ResponseText("") });
        var written = new StringBuilder();
        if (updates is null)
        {
            written.Append(text!.Value.Text);
            yield return EventOf(Placed("response.output_text.delta", number++, item) with { Delta = text.Value.Text, Logprobs = [] });
        }
        else
        {
            await foreach (var update in updates.WithCancellation(cancellationToken))
            {
                if (update.Piece is { } piece)
                {
                    written.Append(piece.Text);
                    yield return EventOf(Placed("response.output_text.delta", number++, item) with { Delta = piece.Text, Logprobs = [] });
                }

                text = update.Whole is { } whole ? ChatText.Of(ask, whole)[0] : text;
            }
        }

        // Clients compare the whole with the sum of its pieces.
        var ended = Ended(begun, (text ?? throw new RefusalException(Refusals.NodesFailed(1))) with { Text = written.ToString() });
        var message = ended.Output[0];
        yield return EventOf(Placed("response.output_text.done", number++, item) with { Text = message.Content[0].Text, Logprobs = [] });
        yield return EventOf(Placed("response.content_part.done", number++, item) with { Part = message.Content[0] });
        yield return EventOf(new ResponseEvent("response.output_item.done", number++) { OutputIndex = 0, Item = message });
        yield return EventOf(new ResponseEvent("response." + ended.Status, number) { Response = ended });
    }

    private static ModelResponse Ended(ModelResponse begun, ChatText text)
    {
        bool isWhole = text.FinishReason != "length";
        string status = isWhole ? "completed" : "incomplete";
        return begun with
        {
            Status = status,
            IncompleteDetails = isWhole ? null : new ResponseEnd("max_output_tokens"),
            Output = [new ResponseMessage(MessageIdOf(begun), status, [new ResponseText(text.Text)])],
            Usage = new ResponseUsage(0, text.Tokens, text.Tokens),
        };
    }

    private static string MessageIdOf(ModelResponse response) => "msg_" + response.Id["resp_".Length..];

    private static ResponseEvent Placed(string type, int number, string item) =>
        new(type, number)
        {
            ItemId = item,
            OutputIndex = 0,
            ContentIndex = 0,
        };

    private static SseItem<byte[]> EventOf(ResponseEvent item) => AnswerEvents.Of(item, PlainJson.OpenAi.ResponseEvent, item.Type);
}
