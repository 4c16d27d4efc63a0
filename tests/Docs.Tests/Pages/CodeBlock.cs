namespace ImageToText.Docs.Tests.Pages;

/// <summary>A fenced block of a page.</summary>
/// <param name="Page">The page's path from the repository root.</param>
/// <param name="Line">The line where it begins, from 1.</param>
/// <param name="Index">Its place among the page's blocks, from 0.</param>
/// <param name="Language">The text after the fence.</param>
/// <param name="Code">Its content.</param>
/// <param name="Marks">Comments right before it.</param>
internal sealed record CodeBlock(string Page, int Line, int Index, string Language, string Code, IReadOnlyList<string> Marks)
{
    private const string NotRunMark = "not run:";

    /// <summary>Why it can't run here, in the page's words, or null if it runs.</summary>
    public string? NotRun =>
        Marks.FirstOrDefault(static mark => mark.StartsWith(NotRunMark, StringComparison.Ordinal))?[NotRunMark.Length..].Trim();

    /// <summary>Whether it shows the output of the block before it.</summary>
    public bool IsOutput => Marks.Contains("output");

    /// <summary>Whether it continues the C# block before it.</summary>
    public bool Continues => Marks.Contains("continues");

    /// <summary>The documented exit code of its last command.</summary>
    public int ExitCode =>
        Marks.FirstOrDefault(static mark => mark.StartsWith("exit:", StringComparison.Ordinal)) is { } mark
            ? int.Parse(mark["exit:".Length..], System.Globalization.CultureInfo.InvariantCulture)
            : 0;

    public override string ToString() => $"{Page}:{Line}";
}
