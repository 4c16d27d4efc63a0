using ImageToText.Gateway.Dialects.PhotoPrism;

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
}
