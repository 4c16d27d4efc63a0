using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Registry;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Dialects.OpenAi;

/// <summary>Reads the conversations that OpenAI's clients send.</summary>
internal sealed class ChatIntake(
    PictureIntake intake,
    RemotePictureReader remote,
    Network network,
    IOptions<ConversationOptions> conversations
)
{
    /// <summary>Reads a body.</summary>
    /// <returns>What is asked, and the request for a caption; null: there is no picture, and a sentence asks for one.</returns>
    /// <exception cref="RefusalException">The request can't be accepted.</exception>
    public async Task<(ChatAsk Ask, CaptionRequest? Request)> ReadAsync(HttpContext http, Admitted admitted, ChatForm form)
    {
        if (!http.Request.HasJsonContentType())
        {
            throw Refusals.UnsupportedContentType(http.Request.ContentType, "application/json");
        }

        using var json = await intake.ReadJsonAsync(http.Request);
        var ask = ChatAsk.Read(json.Object, form);
        if (!ask.Messages.HasPicture)
        {
            return conversations.Value.RefuseWithoutPicture
                ? throw Refusals.MissingPicture(form.Messages)
                : (ask with { Model = ModelAndCapStep.ModelFor(network, admitted.Caller, ask.Model) }, null);
        }

        var picture = await remote.TakeAsync(json, ask.Messages.Picture, "image_url", http.RequestAborted);
        var request = admitted.Caption(http, picture, ask.Parameters) with
        {
            ModelId = ask.Model,
            ChatText = ask.Messages.Question,
            MaxPricePerPixel = ask.MaxPricePerPixel,
            // Several captions come together, at the end, and JSON is complete or nothing.
            Stream = ask is { Stream: true, Count: 1, Format: null },
            Details = true,
        };
        return (ask, request);
    }
}
