using System.Text.RegularExpressions;
using ImageToText.Bench.Peers;
using ImageToText.Bench.Report;

namespace ImageToText.Bench.Tests.Report;

public sealed partial class PerformanceDocumentTests
{
    private static readonly string Page = Path.Combine(Repository.Root, "docs", "performance.md");

    [Fact]
    public void The_page_is_rendered_from_the_results_in_the_repository() =>
        Assert.Equal(PerformanceDocument.Read(Path.Combine(Repository.Root, "bench", "results")).Render(), File.ReadAllText(Page));

    [Fact]
    public void The_plots_are_exactly_those_of_the_page()
    {
        var shown = Plot().Matches(File.ReadAllText(Page)).Select(static match => match.Groups[1].Value).Order();
        var plots = PerformanceDocument.Read(Path.Combine(Repository.Root, "bench", "results")).Plots().ToArray();
        Assert.Equal(shown, plots.Select(static plot => plot.Name).Order());
        Assert.All(
            plots,
            static plot =>
            {
                Assert.StartsWith("<svg", plot.Svg[plot.Svg.IndexOf("<svg", StringComparison.Ordinal)..]);
                Assert.True(File.Exists(Path.Combine(Repository.Root, "docs", "images", plot.Name)), plot.Name);
            }
        );
    }

    [Fact]
    public void A_folder_without_results_is_refused()
    {
        var empty = Directory.CreateTempSubdirectory("bench-tests-");
        Assert.Contains(
            "has no results",
            Assert.Throws<InvalidDataException>(() => PerformanceDocument.Read(empty.FullName)).Message,
            StringComparison.Ordinal
        );
        File.WriteAllText(Path.Combine(empty.FullName, "overhead.json"), """{"schema":"something else"}""");
        Assert.Contains(
            "Measure it again",
            Assert.Throws<InvalidDataException>(() => PerformanceDocument.Read(empty.FullName)).Message,
            StringComparison.Ordinal
        );
        empty.Delete(recursive: true);
    }

    [Fact]
    public void A_noted_median_outside_its_own_range_is_refused()
    {
        Assert.True(new PeerFigure(2, 3, 2.5).IsPossible);
        Assert.True(new PeerFigure(2, Median: 4).IsPossible);
        Assert.False(new PeerFigure(2, 3, 4).IsPossible);
        Assert.False(new PeerFigure(2, Median: 1).IsPossible);
        Assert.False(new PeerFigure(2, 1).IsPossible);
    }

    [GeneratedRegex(@"\]\(images/([^)]+)\)")]
    private static partial Regex Plot();
}
