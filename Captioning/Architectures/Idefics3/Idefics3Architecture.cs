using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.ModelFiles;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Tokenization;
using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Architectures.Idefics3;

/// <summary>
/// SmolVLM and SmolVLM2 for still pictures (Marafioti et al. 2025; transformers' Idefics3ForConditionalGeneration and
/// SmolVLMForConditionalGeneration): SigLIP in front of a Llama, which sees the picture in tiles and as a whole.
/// </summary>
internal sealed class Idefics3Architecture : IArchitecture
{
    // Ids besides a tile's own: its border and position, the end of the line, and the start of the turn.
    private const int MarksPerView = 4;
    private const int MarksPerTurn = 16;

    /// <inheritdoc/>
    public ModelFamily Family { get; } =
        new()
        {
            Name = "SmolVLM",
            ModelTypes = ["idefics3", "smolvlm"],
            Example = "HuggingFaceTB/SmolVLM-256M-Instruct",
            Files =
            [
                FamilyFiles.Pictures,
                FamilyFiles.Generation,
                FamilyFiles.Splitting,
                FamilyFiles.Vocabulary("tokenizer.json", "vocab.json"),
                FamilyFiles.Merges,
                FamilyFiles.ChatTemplate,
            ],
        };

    /// <inheritdoc/>
    public ExecutionPlan Check(ModelJson config) => Plan(config, holds: null);

    /// <inheritdoc/>
    public PromptHandling PromptUseOf(ModelJson config) => PromptHandling.Follows;

    /// <inheritdoc/>
    public ModelPlan Read(string folder, ModelJson config)
    {
        Idefics3Chat.RequireKnownTemplate(folder);
        var checkpoint = Checkpoint.Open(folder);
        var plan = Plan(config, checkpoint.Contains);
        var tokenizer = CaptionTokenizer.Load(folder);
        return new ModelPlan
        {
            Checkpoint = checkpoint,
            Execution = plan,
            Preparation = PicturePreparation
                .Read(folder, ImageProcessors.All)
                .RequireSize("vision_config image_size", plan.ImageWidth, plan.ImageHeight),
            LoadTokenizer = () => tokenizer,
            Generation = GenerationConfig.Read(folder),
            PromptUse = PromptUseOf(config),
            HasLengths = true,
            Prompts = new ChatPrompt(new Idefics3Chat(), plan.PictureId!.Value, plan.Vision.Tokens),
            Tokens = EndedByTurns(GenerationTokens.Read(folder), tokenizer).Require(plan.VocabularySize),
        };
    }

    // The end of a turn ends the answer, even if no file says so.
    private static GenerationTokens EndedByTurns(GenerationTokens tokens, CaptionTokenizer tokenizer) =>
        tokenizer.TryGetId(Idefics3Chat.TurnEnd, out int end) ? tokens with { EndIds = [.. tokens.EndIds.Append(end).Distinct()] } : tokens;

    private static PrefixPlan Plan(ModelJson config, Func<string, bool>? holds)
    {
        var decoder = Idefics3Text.Read(config, holds);
        var vision = Idefics3Vision.Read(config, decoder.HiddenSize);
        return new PrefixPlan(vision, decoder)
        {
            PictureId = config.OptionalInt("image_token_id") ?? 128257,
            WordsPerView = MarksPerView,
            WordsBefore = MarksPerTurn,
        };
    }
}
