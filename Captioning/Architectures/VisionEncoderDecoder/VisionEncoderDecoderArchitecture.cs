using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.Layers;
using ImageToText.Captioning.ModelFiles;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Tokenization;
using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Architectures.VisionEncoderDecoder;

/// <summary>
/// A vision transformer in front of a language model with cross-attention (transformers' VisionEncoderDecoderModel): ViT-GPT2,
/// TrOCR, manga-ocr and the like.
/// </summary>
internal sealed class VisionEncoderDecoderArchitecture : IArchitecture
{
    // A projection between the halves, if their widths differ.
    private const string Projection = "enc_to_dec_proj";

    private const string Encoder = "encoder";
    private const string Decoder = "decoder";

    // Readers for the decoder's section, by model_type.
    private static readonly OrderedDictionary<string, Func<ModelJson, Func<string, bool>, CrossDecoder>> Decoders = new(
        StringComparer.Ordinal
    )
    {
        ["gpt2"] = Gpt2Decoder.Read,
        ["trocr"] = TrOcrDecoder.Read,
        ["bert"] = BertDecoder.Read,
    };

    private static readonly TensorNames Names = TensorSpellings
        .VisionTransformer(Encoder)
        .Then(TensorSpellings.Bert(Decoder))
        .Then(TensorSpellings.Gpt2(Decoder));

    /// <inheritdoc/>
    public ModelFamily Family { get; } =
        new()
        {
            Name = "vision encoder-decoder",
            ModelTypes = ["vision-encoder-decoder"],
            Example = "nlpconnect/vit-gpt2-image-captioning, microsoft/trocr-base-printed or kha-white/manga-ocr-base",
            Files =
            [
                FamilyFiles.Pictures,
                FamilyFiles.Generation,
                FamilyFiles.Splitting,
                FamilyFiles.Vocabulary("tokenizer.json", "vocab.json", "sentencepiece.bpe.model", "vocab.txt"),
                FamilyFiles.Merges,
                FamilyFiles.ChatTemplate,
            ],
        };

    /// <inheritdoc/>
    public ExecutionPlan Check(ModelJson config) => Plan(config, holds: null);

    /// <inheritdoc/>
    public PromptHandling PromptUseOf(ModelJson config) =>
        // GPT-2 learned to continue texts before it saw pictures. The others read the text in a picture, which a caller can't begin.
        DecoderType(config.Object(Decoder)) is "gpt2"
            ? PromptHandling.Continues
            : PromptHandling.None;

    /// <inheritdoc/>
    public ModelPlan Read(string folder, ModelJson config)
    {
        var checkpoint = Checkpoint.Open(folder).Renamed(Names);
        var plan = Plan(config, checkpoint.Contains);
        return new ModelPlan
        {
            Checkpoint = checkpoint,
            Execution = plan,
            Preparation = PicturePreparation
                .Read(folder, ImageProcessors.All)
                .RequireSize("encoder image_size", plan.ImageWidth, plan.ImageHeight),
            LoadTokenizer = () => CaptionTokenizer.Load(folder),
            PromptUse = PromptUseOf(config),
            Generation = GenerationConfig.Read(folder),
            Tokens = GenerationTokens.Read(folder).Require(plan.VocabularySize),
        };
    }

    private static string DecoderType(ModelJson section) => section.OptionalText("model_type") ?? "";

    // If there is no checkpoint yet, config.json says which matrices are shared.
    private static CrossAttendingPlan Plan(ModelJson config, Func<string, bool>? holds)
    {
        var encoder = VitEncoder.Read(config.Object(Encoder));
        var section = config.Object(Decoder);
        string type = DecoderType(section);
        if (!Decoders.TryGetValue(type, out var readDecoder))
        {
            throw new ModelFormatException(
                $"config.json: {Decoder}: model_type \"{type}\" is not supported; {string.Join(", ", Decoders.Keys)} are, "
                    + "such as in nlpconnect/vit-gpt2-image-captioning."
            );
        }

        bool tied = section.OptionalBool("tie_word_embeddings") ?? true;
        var decoder = readDecoder(section, holds ?? (_ => !tied));
        // The reference's rule: a decoder that states the width of its pictures gets them unchanged.
        int? given = section.OptionalInt("cross_attention_hidden_size");
        if (given is null && encoder.OutputSize != decoder.HiddenSize)
        {
            return new CrossAttendingPlan(new ProjectedEncoder(encoder, LinearLayer.Named(Projection), decoder.HiddenSize), decoder);
        }

        if (decoder.PictureSize != encoder.OutputSize)
        {
            throw new ModelFormatException(
                $"config.json: the picture's tokens are {encoder.OutputSize} wide, but the decoder's cross_attention_hidden_size is "
                    + $"{given ?? decoder.PictureSize}."
            );
        }

        return new CrossAttendingPlan(encoder, decoder);
    }
}
