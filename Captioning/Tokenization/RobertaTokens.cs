namespace ImageToText.Captioning.Tokenization;

/// <summary>The control tokens that RoBERTa and XLM-R share, for folders that name none.</summary>
internal static class RobertaTokens
{
    /// <summary>The tokens by role.</summary>
    public static IReadOnlyDictionary<string, string> ByPurpose { get; } =
        new Dictionary<string, string>
        {
            ["bos_token"] = "<s>",
            ["eos_token"] = "</s>",
            ["sep_token"] = "</s>",
            ["cls_token"] = "<s>",
            ["unk_token"] = "<unk>",
            ["pad_token"] = "<pad>",
            ["mask_token"] = "<mask>",
        };
}
