using System.Text.RegularExpressions;

namespace ImageToText.Docs.Tests.House;

/// <summary>An event id means one message: operators filter logs and raise alarms by it.</summary>
public sealed partial class EventIdTests
{
    private static readonly string[] OutsideTheProduct = ["tests", "bench"];

    [Fact]
    public void No_project_uses_an_event_id_twice()
    {
        var events = Events().ToArray();
        Assert.NotEmpty(events);

        var twice = events
            .GroupBy(static logged => (logged.Project, logged.Id))
            .Where(static same => same.Count() > 1)
            .Select(static same =>
                $"{same.Key.Project} uses {same.Key.Id} in {string.Join(" and ", same.Select(static logged => logged.File))}"
            );

        Assert.Empty(twice);
    }

    [Fact]
    public void Every_message_has_an_id() => Assert.DoesNotContain(Events(), static logged => logged.Id.Length == 0);

    private static IEnumerable<(string Project, string Id, string File)> Events() =>
        from file in WorkingCopy.Files
        where file.EndsWith(".cs", StringComparison.Ordinal)
        let project = file.Split('/')[0]
        where !OutsideTheProduct.Contains(project)
        from message in Message().Matches(File.ReadAllText(WorkingCopy.PathOf(file)))
        select (project, message.Groups[1].Value, file);

    [GeneratedRegex(@"\[LoggerMessage\(\s*(?:EventId\s*=\s*)?(\d*)")]
    private static partial Regex Message();
}
