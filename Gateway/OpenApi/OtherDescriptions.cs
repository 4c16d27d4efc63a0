using ImageToText.Gateway.Dialects.PhotoPrism;
using ImageToText.Gateway.Dialects.StableDiffusion;

namespace ImageToText.Gateway.OpenApi;

/// <summary>The descriptions of the routes for programs that manage pictures.</summary>
internal static class OtherDescriptions
{
    private const string Programs = "Photo managers and image generators";

    public static readonly ApiDescription PhotoPrism = new("photoPrismCaption", "Caption a picture, for PhotoPrism")
    {
        Answer = typeof(VisionAnswer),
        Error = typeof(VisionError),
        Group = Programs,
        Json =
        [
            new("id", "string", "The request's id; the answer repeats it."),
            new("model", "string", "The model. Default: the network's default model."),
            new("prompt", "string", "A question or instruction, for models that can use it."),
            new("images", "strings", "One picture as a data URL, or as a web address if the operator allows its host."),
            new("url", "string", "The picture's web address, if there are no images."),
        ],
        JsonExample = """{"model":"starter","images":["data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkwBADs="]}""",
        AnswerExample = """
            {"id":"b3f1c0de-0000-4000-8000-000000000001","code":200,"model":{"type":"caption","name":"starter","version":"latest","resolution":224},
            "result":{"caption":{"text":"a red square","source":"image","confidence":0.8}}}
            """,
        Refusals = ApiDescriptions.CaptionRefusals,
    };

    public static readonly ApiDescription Interrogate = new("interrogate", "Caption a picture, for programs that know AUTOMATIC1111's API")
    {
        Answer = typeof(Interrogation),
        Error = typeof(InterrogationError),
        Group = Programs,
        Details = "A model that is not offered here, such as clip, means the network's default model.",
        Json =
        [
            new(
                "image",
                "string",
                "The picture in base64, as a data URL, or as a web address if the operator allows its host.",
                Required: true
            ),
            new("model", "string", "The model."),
        ],
        JsonExample = """{"image":"data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkwBADs=","model":"clip"}""",
        AnswerExample = """{"caption":"a red square"}""",
        Refusals = ApiDescriptions.CaptionRefusals,
    };

    public static readonly ApiDescription Interrogators = new("interrogators", "List the models, for programs that know SD.Next's API")
    {
        Answer = typeof(IReadOnlyList<string>),
        Error = typeof(InterrogationError),
        Group = Programs,
        AnswerExample = """["starter"]""",
        Refusals = [(401, "No valid API key.")],
    };

    public static readonly ApiDescription AnswerQuestion = new(
        "answerQuestion",
        "Ask about a picture, for programs that know SD.Next's API"
    )
    {
        Answer = typeof(VisualAnswer),
        Error = typeof(InterrogationError),
        Group = Programs,
        Details = "If the model answers no questions, the answer is a caption, with the header x-prompt: ignored.",
        Json = [.. Interrogate.Json, new("question", "string", "The question.")],
        JsonExample = """{"image":"data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkwBADs=","question":"What is it?"}""",
        AnswerExample = """{"answer":"a red square"}""",
        Refusals = ApiDescriptions.CaptionRefusals,
    };
}
