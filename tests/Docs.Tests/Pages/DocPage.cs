using System.Text.RegularExpressions;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace ImageToText.Docs.Tests.Pages;

/// <summary>A Markdown page, read as GitHub reads it.</summary>
internal sealed partial class DocPage
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables()
        .UseAutoIdentifiers(AutoIdentifierOptions.GitHub)
        .Build();

    private DocPage(string path, string text)
    {
        Path = path;
        var document = Markdown.Parse(text, Pipeline);
        Anchors = document
            .Descendants<HeadingBlock>()
            .Select(static heading => heading.GetAttributes().Id)
            .OfType<string>()
            .ToHashSet(StringComparer.Ordinal);
        Links = [.. document.Descendants<LinkInline>().Where(static link => !link.IsAutoLink).Select(static link => link.Url ?? "")];
        Codes = [.. document.Descendants<CodeInline>().Select(static code => code.Content)];
        Blocks = [.. ReadBlocks(document)];
    }

    /// <summary>From the repository's root.</summary>
    public string Path { get; }

    /// <summary>The anchors of its headings.</summary>
    public IReadOnlySet<string> Anchors { get; }

    /// <summary>Targets of links and pictures.</summary>
    public IReadOnlyList<string> Links { get; }

    /// <summary>Words set as code in the running text.</summary>
    public IReadOnlyList<string> Codes { get; }

    /// <summary>Fenced blocks in order.</summary>
    public IReadOnlyList<CodeBlock> Blocks { get; }

    public static DocPage Read(string path) => new(path, File.ReadAllText(WorkingCopy.PathOf(path)));

    private IEnumerable<CodeBlock> ReadBlocks(MarkdownDocument document)
    {
        int count = 0;
        foreach (var fence in document.Descendants<FencedCodeBlock>())
        {
            yield return new CodeBlock(Path, fence.Line + 1, count++, fence.Info ?? "", fence.Lines.ToString(), [.. MarksBefore(fence)]);
        }
    }

    /// <summary>The comments right before a block. A reader of the page does not see them.</summary>
    private static IEnumerable<string> MarksBefore(FencedCodeBlock fence)
    {
        var siblings = fence.Parent!;
        for (int i = siblings.IndexOf(fence) - 1; i >= 0 && siblings[i] is HtmlBlock html; i--)
        {
            foreach (Match comment in Comment().Matches(html.Lines.ToString()))
            {
                yield return comment.Groups[1].Value.Trim();
            }
        }
    }

    [GeneratedRegex("<!--(.*?)-->", RegexOptions.Singleline)]
    private static partial Regex Comment();
}
