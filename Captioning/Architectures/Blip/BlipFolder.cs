using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.ModelFiles;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Tokenization;
using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Architectures.Blip;

/// <summary>A folder with BLIP's text half: its files and how to read them.</summary>
internal static class BlipFolder
{
    /// <summary>Its files besides config.json and the weights.</summary>
    public static IReadOnlyList<ModelFile> Files { get; } =
    [
        FamilyFiles.Pictures,
        FamilyFiles.Generation,
        FamilyFiles.Splitting,
        FamilyFiles.Vocabulary("vocab.txt", "tokenizer.json"),
        new("the vocabulary's control tokens", ["special_tokens_map.json", "added_tokens.json"]),
    ];

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">Its config.json.</param>
    /// <param name="plan">How to run it, depending on which tensors the checkpoint holds.</param>
    public static ModelPlan Read(string folder, ModelJson config, Func<Func<string, bool>, ExecutionPlan> plan)
    {
        var checkpoint = Checkpoint.Open(folder).Renamed(TensorSpellings.Bert("text_decoder"));
        var execution = plan(checkpoint.Contains);
        return new ModelPlan
        {
            Checkpoint = checkpoint,
            Execution = execution,
            Preparation = PicturePreparation
                .Read(folder, ImageProcessors.All)
                .RequireSize("vision_config image_size", execution.ImageWidth, execution.ImageHeight),
            LoadTokenizer = () => CaptionTokenizer.Load(folder),
            PromptUse = PromptHandling.Continues,
            Generation = GenerationConfig.Read(folder),
            Defects = BlipDefects.Spellings,
            Tokens = GenerationTokens.EndedBy(BlipText.EndId(config)) with { StartId = BlipText.StartId(config) },
        };
    }
}
