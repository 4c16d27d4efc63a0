namespace ImageToText.Captioning.Tokenization;

/// <summary>A token that was added to a vocabulary: found in a text as a whole, before anything else is done to it.</summary>
/// <param name="Content">How it is written.</param>
internal sealed record AddedToken(string Content)
{
    /// <summary>Its id; null: as the vocabulary says.</summary>
    public int? Id { get; init; }

    /// <summary>Its id follows the vocabulary's.</summary>
    public bool IsAppended { get; init; }

    /// <summary>A control token: never made from what somebody sent, not shown in a caption.</summary>
    public bool IsSpecial { get; init; }

    /// <summary>It takes the white space before it.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>It takes the white space after it.</summary>
    public bool StripsRight { get; init; }

    /// <summary>It counts only where no letter, digit or underscore touches it.</summary>
    public bool IsSingleWord { get; init; }

    /// <summary>It is looked for in the normalized text.</summary>
    public bool IsNormalized { get; init; }
}
