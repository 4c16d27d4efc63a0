using ImageToText.Gateway.Dialects.Ollama;

namespace ImageToText.Gateway.OpenApi;

/// <summary>The descriptions of the routes for Ollama's clients.</summary>
internal static class OllamaDescriptions
{
    private const string Clients = "Clients of Ollama";

    private const string Picture = "R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkwBADs=";

    private static readonly ApiParameter[] Shared =
    [
        new("model", "string", "The model, with or without the tag latest. Default: the network's default model."),
        new("stream", "boolean", "Send the answer line by line. Default: true."),
        new(
            "options",
            "object",
            "num_predict, temperature, top_k, top_p, seed and repeat_penalty, and the options of POST /image-to-text."
        ),
        new("keep_alive", "string", "0 lets the model go, in a request without a text or picture."),
    ];

    private static readonly (int, string)[] ModelRefusals = [(401, "No valid API key."), (404, "No node offers the model.")];

    public static readonly ApiDescription Generate = new("ollamaGenerate", "Caption a picture, for Ollama clients")
    {
        Answer = typeof(OllamaAnswer),
        Error = typeof(OllamaError),
        Group = Clients,
        Details =
            "Send one picture in images. The model gets the prompt if it can use it; otherwise the answer has the header x-prompt: "
            + "ignored. With stream, which is on unless you turn it off, the answer is lines of JSON. A request without prompt and images "
            + "loads the model, free of charge.",
        Json =
        [
            new("prompt", "string", "A question or instruction."),
            new("images", "strings", "One picture in base64, as a data URL, or as a web address if the operator allows its host."),
            .. Shared,
        ],
        JsonExample = $$"""{"model":"starter","prompt":"Describe it.","stream":false,"images":["{{Picture}}"]}""",
        AnswerExample = """
            {"model":"starter","created_at":"2026-01-31T12:00:00Z","done":true,"response":"a red square","done_reason":"stop","total_duration":52000000,
            "load_duration":0,"prompt_eval_count":0,"prompt_eval_duration":21000000,"eval_count":3,"eval_duration":18000000}
            """,
        Refusals = ApiDescriptions.CaptionRefusals,
    };

    public static readonly ApiDescription Chat = new("ollamaChat", "Caption a picture in a conversation, for Ollama clients")
    {
        Answer = typeof(OllamaAnswer),
        Error = typeof(OllamaError),
        Group = Clients,
        Details = "The last picture and the user's last text count. Otherwise as POST /api/generate.",
        Json = [new("messages", "objects", "The messages; one picture in the images of one of them."), .. Shared],
        JsonExample =
            $$"""{"model":"starter","stream":false,"messages":[{"role":"user","content":"What is it?","images":["{{Picture}}"]}]}""",
        AnswerExample = """
            {"model":"starter","created_at":"2026-01-31T12:00:00Z","done":true,"message":{"role":"assistant","content":"a red square"},
            "done_reason":"stop","total_duration":52000000,"load_duration":0,"prompt_eval_count":0,"prompt_eval_duration":21000000,
            "eval_count":3,"eval_duration":18000000}
            """,
        Refusals = ApiDescriptions.CaptionRefusals,
    };

    public static readonly ApiDescription Tags = new("ollamaTags", "List the models, for Ollama clients")
    {
        Answer = typeof(OllamaModelList),
        Error = typeof(OllamaError),
        Group = Clients,
        AnswerExample = """
            {"models":[{"name":"starter:latest","model":"starter:latest","modified_at":"1970-01-01T00:00:00Z","size":23000000,
            "digest":"5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8","details":{"parent_model":"","format":"safetensors",
            "family":"conv_blip","families":["conv_blip"],"parameter_size":"11.5M","quantization_level":"F32"}}]}
            """,
        Refusals = [(401, "No valid API key.")],
    };

    public static readonly ApiDescription Loaded = Tags with
    {
        Id = "ollamaLoaded",
        Summary = "List the models that are loaded, for Ollama clients",
    };

    public static readonly ApiDescription Show = new("ollamaShow", "Describe a model, for Ollama clients")
    {
        Answer = typeof(OllamaShownModel),
        Error = typeof(OllamaError),
        Group = Clients,
        Json = [new("model", "string", "The model.", Required: true)],
        JsonExample = """{"model":"starter"}""",
        AnswerExample = """
            {"modelfile":"","parameters":"","template":"","details":{"parent_model":"","format":"safetensors","family":"conv_blip","families":["conv_blip"],
            "parameter_size":"11.5M","quantization_level":"F32"},"model_info":{"general.architecture":"conv_blip"},
            "capabilities":["completion","vision"],"modified_at":"1970-01-01T00:00:00Z"}
            """,
        Refusals = ModelRefusals,
    };

    public static readonly ApiDescription Version = new("ollamaVersion", "Get the version of Ollama's API that is spoken here")
    {
        Answer = typeof(OllamaVersion),
        Group = Clients,
        AnswerExample = """{"version":"0.13.0"}""",
    };
}
