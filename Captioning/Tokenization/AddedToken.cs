namespace ImageToText.Captioning.Tokenization;

/// <summary>A token added to a vocabulary. It is found in a text as a whole, before anything else happens to the text.</summary>
/// <param name="Content">Its spelling.</param>
internal sealed record AddedToken(string Content)
{
    /// <summary>Its id; null: the vocabulary decides.</summary>
    public int? Id { get; init; }

    /// <summary>Its id follows the vocabulary's.</summary>
    public bool IsAppended { get; init; }

    /// <summary>Whether it is a control token, which is never made from a caller's text and not shown in a caption.</summary>
    public bool IsSpecial { get; init; }

    /// <summary>Whether it takes the white space before it.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Whether it takes the white space after it.</summary>
    public bool StripsRight { get; init; }

    /// <summary>Whether it counts only if no letter, digit or underscore touches it.</summary>
    public bool IsSingleWord { get; init; }

    /// <summary>Whether it is looked for in the normalized text.</summary>
    public bool IsNormalized { get; init; }
}
