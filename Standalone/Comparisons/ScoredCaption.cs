namespace ImageToText.Standalone.Comparisons;

/// <summary>A caption, and what people wrote about the same picture, as words.</summary>
/// <param name="Words">The caption's.</param>
/// <param name="References">Those of each reference; at least one.</param>
internal sealed record ScoredCaption(string[] Words, IReadOnlyList<string[]> References);
