namespace ImageToText.Captioning.Architectures;

/// <summary>The parts of a model folder that several families share, under the names that transformers gives them.</summary>
internal static class FamilyFiles
{
    /// <summary>How pictures are prepared.</summary>
    public static ModelFile Pictures { get; } =
        new("how pictures are prepared", ["preprocessor_config.json", "processor_config.json"], IsRequired: true);

    /// <summary>How text is generated.</summary>
    public static ModelFile Generation { get; } = new("how text is generated", ["generation_config.json"]);

    /// <summary>How text is split.</summary>
    public static ModelFile Splitting { get; } =
        new("how text is split", ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"]);

    /// <summary>The vocabulary's merges.</summary>
    public static ModelFile Merges { get; } = new("the vocabulary's merges", ["merges.txt"]);

    /// <summary>How a conversation becomes a prompt.</summary>
    public static ModelFile ChatTemplate { get; } =
        new("how a conversation becomes a prompt", ["chat_template.jinja", "chat_template.json"]);

    /// <summary>The vocabulary, in one of these files.</summary>
    public static ModelFile Vocabulary(params string[] names) => new("the vocabulary", names, IsRequired: true);
}
