namespace ImageToText.Docs.Tests.Pages;

/// <summary>A fenced block of a page.</summary>
/// <param name="Page">The page, from the repository's root.</param>
/// <param name="Line">Where it begins, from 1.</param>
/// <param name="Index">Its place among the page's blocks, from 0.</param>
/// <param name="Language">What stands behind the fence.</param>
/// <param name="Code">What is in it.</param>
/// <param name="Marks">Comments right before it.</param>
internal sealed record CodeBlock(string Page, int Line, int Index, string Language, string Code, IReadOnlyList<string> Marks)
{
    private const string NotRunMark = "not run:";

    /// <summary>Why it can't be run here, as the page says it; null: it is run.</summary>
    public string? NotRun =>
        Marks.FirstOrDefault(static mark => mark.StartsWith(NotRunMark, StringComparison.Ordinal))?[NotRunMark.Length..].Trim();

    /// <summary>Whether it shows what the block before it writes.</summary>
    public bool IsOutput => Marks.Contains("output");

    /// <summary>Whether it goes on with what the C# before it has declared.</summary>
    public bool Continues => Marks.Contains("continues");

    /// <summary>The exit code that its last command is documented to have.</summary>
    public int ExitCode =>
        Marks.FirstOrDefault(static mark => mark.StartsWith("exit:", StringComparison.Ordinal)) is { } mark
            ? int.Parse(mark["exit:".Length..], System.Globalization.CultureInfo.InvariantCulture)
            : 0;

    public override string ToString() => $"{Page}:{Line}";
}
