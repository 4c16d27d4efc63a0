namespace ImageToText.Captioning.Execution;

/// <summary>A picture whose prefix is in memory.</summary>
/// <param name="name">A name that no other picture has; null: none.</param>
/// <param name="length">Tokens of the prefix.</param>
internal sealed class PrefixEntry(string? name, int length)
{
    /// <summary>A name that no other picture has; null: it is dropped with its last request.</summary>
    public string? Name { get; } = name;

    /// <summary>Tokens of the prefix.</summary>
    public int Length { get; } = length;

    /// <summary>Its place in memory.</summary>
    public int Index { get; set; }

    /// <summary>Requests that use it.</summary>
    public int Users { get; set; }

    /// <summary>When its last request left, as a count.</summary>
    public long LeftAt { get; set; }
}
