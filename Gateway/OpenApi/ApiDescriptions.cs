using ImageToText.Contracts;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Quotes;
using ImageToText.Gateway.Caching;
using ImageToText.Gateway.Dialects.HuggingFace;
using ImageToText.Gateway.Dialects.OpenAi;

namespace ImageToText.Gateway.OpenApi;

/// <summary>
/// The descriptions of our own routes. The figures in the examples are made up and only show the shape of an answer.
/// </summary>
internal static class ApiDescriptions
{
    private const string Captions = "Captions";
    private const string OtherClients = "Clients of Hugging Face and OpenAI";

    internal static readonly (int, string)[] CaptionRefusals =
    [
        (400, "The request can't be read or contains no picture."),
        (401, "No API key, or one that is unknown, expired or revoked."),
        (402, "The budget is spent, or no node is within the price cap; the message names the cheapest offer."),
        (404, "No node offers the model."),
        (413, "The body or the picture is too large."),
        (415, "The content type or picture format is not supported."),
        (422, "The picture is damaged, or a parameter is out of range."),
        (429, "Too many requests, or every node is busy. Retry-After says when to try again."),
        (431, "The headers are too large or too many."),
        (503, "No node is available."),
    ];

    private static readonly ApiParameter[] Options =
    [
        new("model_id", "string", "The model. Default: the network's default model."),
        .. CaptionOptionTable.All.Select(static option => new ApiParameter(option.Name, "", option.Explanation) { Option = option }),
        new("max_price_per_pixel", "number", "The maximum price to pay, in USD per input pixel."),
        new("details", "boolean", "Include token ids, log-probabilities, confidence and all sequences in the answer."),
    ];

    public static readonly ApiDescription Caption = new("caption", "Caption a picture")
    {
        Answer = typeof(CaptionResponse),
        Group = Captions,
        Details =
            "You pay by the picture's pixels, and only if a caption is delivered. Answers have the headers x-request-id, x-cost-usd, "
            + "x-cache, x-model-revision, x-node and Server-Timing. With stream, the answer is server-sent events: pieces {\"text\"}, "
            + "and at the end either the event \"caption\" with the whole caption or the event \"error\".",
        Form =
        [
            new("image", "file", "The picture: JPEG, PNG, GIF, WebP, BMP, TIFF or AVIF. In JSON: base64 or a data URL.", Required: true),
            .. Options,
            new("stream", "boolean", "Send the answer piece by piece."),
        ],
        FormAsJson = true,
        Examples =
        [
            new("form", "A form", "multipart/form-data", """{"image":"cat.png"}"""),
            new(
                "alternatives",
                "Alternatives with all their details",
                "multipart/form-data",
                """{"image":"cat.png","prompt":"a photo of","num_beams":"3","num_return_sequences":"3","details":"true"}"""
            ),
            new(
                "drawn",
                "Sampled, repeatable",
                "multipart/form-data",
                """{"image":"coffee.jpg","do_sample":"true","temperature":"0.8","top_k":"40","seed":"7"}"""
            ),
            new("stream", "Word by word", "multipart/form-data", """{"image":"rocket.jpg","num_beams":"1","stream":"true"}"""),
        ],
        JsonExample =
            """{"image":"data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkwBADs=","prompt":"a photo of","details":true}""",
        AnswerExample = """{"text":"a photo of a red square"}""",
        EventsExample =
            "data: {\"text\":\"a\"}\n\ndata: {\"text\":\" red\"}\n\ndata: {\"text\":\" square\"}\n\nevent: "
            + "caption\ndata: {\"text\":\"a red square\"}\n\n",
        Refusals = CaptionRefusals,
    };

    public static readonly ApiDescription Batch = new("captionBatch", "Caption many pictures")
    {
        Answer = typeof(BatchAnswer),
        Group = Captions,
        Examples = [new("form", "Two pictures", "multipart/form-data", """{"images":["cat.png","coffee.jpg"],"max_new_tokens":"20"}""")],
        Details =
            "Each picture has its own result or error and is charged separately. Options apply to all pictures. With Accept: "
            + "text/event-stream or application/x-ndjson, each result is sent as it is done, and then the counts and the cost.",
        EventsExample =
            "event: result\ndata: {\"index\":0,\"result\":{\"text\":\"a red square\"},\"status\":200,\"cost_usd\":0.000065536}\n\n"
            + "event: end\ndata: {\"captioned\":1,\"refused\":0,\"cost_usd\":0.000065536}\n\n",
        Form = [new("images", "files", "The pictures, each in a part named images.", Required: true), .. Options],
        AnswerExample = """
            {"results":[{"index":0,"name":"a.png","request_id":"0199f0c2a1b47c55b1f2d3e4f5a6b7c8-0","result":{"text":"a red square"},"status":200,"cost_usd":0.000065536,"cache":"miss","node":"node-1"},
            {"index":1,"name":"b.txt","request_id":"0199f0c2a1b47c55b1f2d3e4f5a6b7c8-1","error":{"message":"The picture can't be read: it looks like text.","code":"unsupported_image","request_id":"0199f0c2a1b47c55b1f2d3e4f5a6b7c8-1"},"status":415,"cost_usd":0}],"cost_usd":0.000065536}
            """,
        Refusals = CaptionRefusals,
    };

    public static readonly ApiDescription HuggingFace = new("huggingFaceCaption", "Caption a picture, for Hugging Face clients")
    {
        Answer = typeof(IReadOnlyList<CaptionText>),
        Error = typeof(HuggingFaceError),
        Json =
        [
            new("inputs", "string", "The picture in base64.", Required: true),
            new("parameters", "object", "Caption options, at this level or inside generate_kwargs."),
            new("options", "object", "use_cache and wait_for_model."),
        ],
        Group = OtherClients,
        ReadsPicture = true,
        Details =
            "Send the picture's bytes as the body, or JSON with 'inputs' in base64 and 'parameters' (generate_kwargs). The answer is "
            + "an object for the JavaScript client, a list for the Python client and all others. ?shape=list or object overrides this.",
        Path = [new("id", "string", "The model.", Required: true) { Example = "starter" }],
        Query = [new("shape", "string", "The shape of the answer: list or object.")],
        JsonExample =
            """{"inputs":"R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkwBADs=","parameters":{"generate_kwargs":{"max_new_tokens":20}}}""",
        AnswerExample = """[{"generated_text":"a red square"}]""",
        Refusals = CaptionRefusals,
    };

    public static readonly ApiDescription ChatCompletions = new("chatCompletion", "Caption a picture, for OpenAI clients")
    {
        Answer = typeof(ChatCompletion),
        Error = typeof(OpenAiErrorBody),
        Json =
        [
            new("model", "string", "The model. Default: the network's default model."),
            new("messages", "objects", "The messages, with one picture among them.", Required: true),
            new("stream", "boolean", "Send the answer piece by piece."),
            .. CaptionOptionTable.All.Select(static option => new ApiParameter(
                option.OpenAiNames is [var own] ? own : option.Name,
                "",
                option.Explanation
            )
            {
                Option = option,
            }),
            new("max_price_per_pixel", "number", "The maximum price to pay, in USD per input pixel."),
        ],
        Group = OtherClients,
        Details =
            "Send one picture among the messages, as a data URL (or a web address, if the operator allows its host). "
            + "The model gets the user's last text if it can use it; otherwise the answer has the header x-prompt: ignored. "
            + "caption_prefix is the text that the caption begins with.",
        JsonExample =
            """{"model":"starter","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkwBADs="}}]}]}""",
        AnswerExample = """
            {"id":"chatcmpl-0199f0c2a1b47c55b1f2d3e4f5a6b7c8","object":"chat.completion","created":1767225600,"model":"starter",
            "choices":[{"index":0,"message":{"role":"assistant","content":"a red square"},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":0,"completion_tokens":3,"total_tokens":3}}
            """,
        Examples =
        [
            new(
                "stream",
                "Word by word",
                "application/json",
                """
                {"model":"starter","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":[{"type":"image_url",
                "image_url":{"url":"data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkwBADs="}}]}]}
                """
            ),
        ],
        EventsExample =
            "data: {\"id\":\"chatcmpl-0199f0c2a1b47c55b1f2d3e4f5a6b7c8\",\"object\":\"chat.completion.chunk\",\"created\":1767225600,"
            + "\"model\":\"starter\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\ndata: [DONE]\n\n",
        Refusals = CaptionRefusals,
    };

    public static readonly ApiDescription Responses = new("response", "Caption a picture, for OpenAI clients of the response API")
    {
        Answer = typeof(ModelResponse),
        Error = typeof(OpenAiErrorBody),
        Json =
        [
            new("model", "string", "The model. Default: the network's default model."),
            new("input", "objects", "The messages, with one picture among them.", Required: true),
            new("stream", "boolean", "Send the answer piece by piece."),
            new("max_output_tokens", "integer", "The most tokens. It may be larger than the model's room."),
            new("text", "object", "The form of the text: format with type text, json_object or json_schema."),
            new("max_price_per_pixel", "number", "The maximum price to pay, in USD per input pixel."),
        ],
        Group = OtherClients,
        Details =
            "As /v1/chat/completions, in the newer form. A picture is a part of type input_image, whose image_url is a string or an "
            + "object. The options of /v1/chat/completions work here too, except several captions.",
        JsonExample =
            """{"model":"starter","input":[{"role":"user","content":[{"type":"input_image","image_url":"data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkwBADs="}]}]}""",
        AnswerExample = """
            {"id":"resp_0199f0c2a1b47c55b1f2d3e4f5a6b7c8","object":"response","created_at":1767225600,"model":"starter","status":"completed",
            "output":[{"id":"msg_0199f0c2a1b47c55b1f2d3e4f5a6b7c8","type":"message","role":"assistant","status":"completed",
            "content":[{"type":"output_text","text":"a red square","annotations":[]}]}],"usage":{"input_tokens":0,"output_tokens":3,"total_tokens":3,
            "input_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"output_tokens_details":{"reasoning_tokens":0}},"incomplete_details":null,
            "error":null,"instructions":null,"metadata":{},"parallel_tool_calls":false,"temperature":1,"top_p":1,"tool_choice":"auto","tools":[]}
            """,
        EventsExample =
            "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":4,"
            + "\"delta\":\"a\"}\n\n",
        Refusals = CaptionRefusals,
    };

    public static readonly ApiDescription OpenAiModels = new("openAiModels", "List the models, for OpenAI clients")
    {
        Answer = typeof(OpenAiModels),
        Error = typeof(OpenAiErrorBody),
        Group = OtherClients,
        AnswerExample = """{"object":"list","data":[{"id":"starter","object":"model","created":0,"owned_by":"imagetotext"}]}""",
        Refusals = [(401, "No API key, or one that is unknown, expired or revoked.")],
    };

    public static readonly ApiDescription OpenAiModel = new("openAiModel", "Get one model, for OpenAI clients")
    {
        Answer = typeof(OpenAiModel),
        Error = typeof(OpenAiErrorBody),
        Group = OtherClients,
        Path = [new("id", "string", "The model.", Required: true) { Example = "starter" }],
        AnswerExample = """{"id":"starter","object":"model","created":0,"owned_by":"imagetotext"}""",
        Refusals = [(401, "No valid API key."), (404, "No node offers the model.")],
    };

    public static readonly ApiDescription Quote = new("quote", "Quote the price of a picture")
    {
        Answer = typeof(Quote),
        Query =
        [
            new("width", "integer", "The picture's width in pixels.", Required: true) { Example = "512" },
            new("height", "integer", "The picture's height in pixels.", Required: true) { Example = "512" },
            new("model_id", "string", "The model. Default: the network's default model."),
            new("max_price_per_pixel", "number", "A price cap in USD per pixel. Offers say whether they are within it."),
            new("num_return_sequences", "integer", "How many captions of the picture you want; each costs the price. Default: 1."),
        ],
        AnswerExample = """
            {"width":512,"height":512,"pixels":262144,"model_id":"starter","offers":[{"node_id":"node-1","model_id":"starter","state":"warm",
            "price":{"price_per_unit":0.00000000025,"pixels_per_unit":1,"currency":"USD"},"usd_per_pixel":0.00000000025,"cost_usd":0.000065536,"within_cap":true,"pixels":262144,"factor":1}],
            "exchange_rate":{"stale":true},"as_of":"2026-01-31T12:00:00+00:00"}
            """,
        Refusals = [(400, "The width or height is not valid."), (401, "No valid API key."), (404, "No node offers the model.")],
    };

    public static readonly ApiDescription Models = new("models", "List the models")
    {
        Answer = typeof(ModelCatalogue),
        AnswerExample = """
            {"models":[{"model_id":"starter","state":"warm","verified":false,"nodes":1,"warm_nodes":1,"capacity":8,"lowest_price":0.00000000025,"prompt_use":"continues"}],"default_model_id":"starter"}
            """,
        Refusals = [(401, "No valid API key."), (503, "The pricing service can't be reached.")],
    };

    public static readonly ApiDescription Model = new("model", "Get a model")
    {
        Answer = typeof(CatalogueModel),
        Path = [new("id", "string", "The model's id, such as org/name.", Required: true) { Example = "starter" }],
        AnswerExample =
            """{"model_id":"starter","state":"warm","verified":false,"nodes":1,"warm_nodes":1,"capacity":8,"lowest_price":0.00000000025}""",
        Refusals = [(401, "No valid API key."), (404, "There is no such model."), (503, "The pricing service can't be reached.")],
    };

    public static readonly ApiDescription RequestModel = new("requestModel", "Ask for a model to be verified")
    {
        Answer = typeof(ModelRequest),
        Body = typeof(ModelRequestBody),
        JsonExample = """{"model_id":"org/name"}""",
        Status = 202,
        AnswerExample = """
            {"request_id":"r1","model_id":"org/name","hub_revision":"main","state":"waiting","requested_at":"2026-01-31T12:00:00+00:00","attempts":0,"steps":[]}
            """,
        Refusals =
        [
            (400, "The body can't be read."),
            (401, "No valid API key."),
            (403, "The body has expectations, but the key lacks the scope operate."),
            (429, "Too many requests with this key."),
            (503, "The pricing service can't be reached."),
        ],
    };

    public static readonly ApiDescription ModelRequest = new("modelRequest", "Get the status of a model request")
    {
        Answer = typeof(ModelRequest),
        Path = [new("id", "string", "The request's id.", Required: true) { Example = "r1" }],
        AnswerExample = RequestModel.AnswerExample,
        Refusals = [(401, "No valid API key."), (404, "There is no such request."), (503, "The pricing service can't be reached.")],
    };

    public static readonly ApiDescription Usage = new("usage", "Get what the calling key has spent")
    {
        Answer = typeof(OwnUsage),
        Query =
        [
            new("from", "string", "The first UTC day, such as 2026-01-01."),
            new("to", "string", "The last UTC day, included."),
            new("model_id", "string", "Only this model."),
        ],
        AnswerExample = """
            {"key_id":"k1","report":{"rows":[{"day":"2026-01-31","model_id":"starter","sum":{"captions":1,"cache_hits":0,"pixels":262144,"tokens":6,"cost_usd":0.000065536,"charged_usd":0.000065536}}],
            "total":{"captions":1,"cache_hits":0,"pixels":262144,"tokens":6,"cost_usd":0.000065536,"charged_usd":0.000065536}},
            "spend":{"today":0.000065536,"this_month":0.000065536,"total":0.000065536,"held":0}}
            """,
        Refusals = [(401, "No valid API key."), (503, "The pricing service can't be reached.")],
    };

    public static readonly ApiDescription Prices = new("prices", "List the prices in force")
    {
        Answer = typeof(PriceList),
        AnswerExample = """
            {"recommended":{"price_per_unit":0.00000000025,"pixels_per_unit":1,"currency":"USD"},"set":[],"effective":[{"node_id":"node-1","model_id":"starter",
            "price":{"price_per_unit":0.00000000025,"pixels_per_unit":1,"currency":"USD"},"usd_per_pixel":0.00000000025,"source":"recommended"}],"exchange_rate":{"stale":true}}
            """,
        Refusals = [(401, "No valid API key."), (503, "The pricing service can't be reached.")],
    };

    public static readonly ApiDescription PurgeCache = new("purgeCache", "Delete all cached captions")
    {
        Answer = typeof(PurgedCaptions),
        Group = ApiDescription.Operating,
        Details = "For operators' keys.",
        AnswerExample = """{"revision":null,"purged":1234}""",
        Refusals =
        [
            (401, "No API key, or an unknown one."),
            (403, "The API key is not an operator's."),
            (503, "The cache can't be reached."),
        ],
    };

    public static readonly ApiDescription PurgeRevision = new("purgeRevision", "Delete the cached captions of a model revision")
    {
        Answer = typeof(PurgedCaptions),
        Group = ApiDescription.Operating,
        Details = "For operators' keys. The revision is the one in x-model-revision.",
        Path = [new("revision", "string", "The model revision.", Required: true) { Example = "9f2c" }],
        AnswerExample = """{"revision":"9f2c","purged":12}""",
        Refusals = PurgeCache.Refusals,
    };
}
