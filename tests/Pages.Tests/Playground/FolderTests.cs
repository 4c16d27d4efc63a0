using System.Text.Json.Nodes;
using ImageToText.Pages.Tests.Browsing;
using Microsoft.Playwright;

namespace ImageToText.Pages.Tests.Playground;

/// <summary>A folder becomes a job, by both ways of providing one.</summary>
public sealed class FolderTests(PagesCluster cluster)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chosen_folder_is_quoted_captioned_in_the_background_and_its_results_are_saved()
    {
        using var files = new TemporaryFolder();
        string holiday = Holiday(files);
        await using var visit = await Visit.OpenAsync(cluster);
        await visit.Page.GetByLabel("Choose a folder").SetInputFilesAsync(holiday);

        var job = Job(visit);
        var start = job.GetByRole(AriaRole.Button, new() { Name = "Start the job" });
        await Assertions.Expect(start).ToBeFocusedAsync();
        await Assertions.Expect(job).ToContainTextAsync("3 pictures, 1 megapixels: at most $");
        await Assertions.Expect(job).ToContainTextAsync("The size of 1 picture can't be read");
        Assert.Empty(await visit.AxeAsync());
        await visit.Page.Keyboard.PressAsync("Enter");

        await Assertions.Expect(job).ToContainTextAsync("2 of 3 pictures captioned for $");
        await Assertions
            .Expect(job.GetByRole(AriaRole.List, new() { Name = "Failures" }).GetByRole(AriaRole.Listitem))
            .ToHaveTextAsync(["unsupported_image 1"]);
        Assert.Empty(await visit.AxeAsync());

        string lines = await SavedAsync(visit, "Save as JSON lines", "holiday.jsonl");
        JsonNode[] results = [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonNode.Parse(line)!)];
        Assert.Equal(["cat.png", "letter.png", "sub/rocket.jpg"], results.Select(static result => (string)result["picture"]!));
        Assert.Equal(await CaptionAsync("cat.png"), (string?)results[0]["caption"]);
        Assert.Null((string?)results[1]["caption"]);
        Assert.Equal(await CaptionAsync("rocket.jpg"), (string?)results[2]["caption"]);
        Assert.StartsWith(
            $"picture,caption,error\r\ncat.png,{(string?)results[0]["caption"]},\r\nletter.png,,unsupported_image\r\n",
            await SavedAsync(visit, "Save as CSV", "holiday.csv"),
            StringComparison.Ordinal
        );
        await job.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        await Assertions.Expect(job).ToHaveCountAsync(0);
        visit.AssertClean();
    }

    [Fact]
    public async Task A_dropped_folder_is_quoted_and_deleted_if_it_is_discarded()
    {
        using var files = new TemporaryFolder();
        string holiday = Holiday(files);
        await using var visit = await Visit.OpenAsync(cluster);
        await visit.Page.GetByLabel("Choose a folder").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        // Only the browser itself can say that what it drops is a folder.
        var session = await visit.Page.Context.NewCDPSessionAsync(visit.Page);
        foreach (string type in (string[])["dragEnter", "dragOver", "drop"])
        {
            await session.SendAsync(
                "Input.dispatchDragEvent",
                new Dictionary<string, object>
                {
                    ["type"] = type,
                    ["x"] = 600,
                    ["y"] = 400,
                    ["data"] = new Dictionary<string, object>
                    {
                        ["items"] = Array.Empty<object>(),
                        ["files"] = new[] { holiday },
                        ["dragOperationsMask"] = 1,
                    },
                }
            );
        }

        var job = Job(visit);
        await Assertions.Expect(job).ToContainTextAsync("3 pictures, 1 megapixels: at most $");
        var deleted = await visit.Page.RunAndWaitForResponseAsync(
            () => job.GetByRole(AriaRole.Button, new() { Name = "Discard" }).ClickAsync(),
            static response => response.Request.Method == "DELETE"
        );
        Assert.Equal(200, deleted.Status);
        await Assertions.Expect(job).ToHaveCountAsync(0);
        visit.AssertClean();
    }

    private static string Holiday(TemporaryFolder files)
    {
        string holiday = Path.Combine(files.Path, "holiday");
        Directory.CreateDirectory(Path.Combine(holiday, "sub"));
        Directory.CreateDirectory(Path.Combine(holiday, ".thumbnails"));
        File.Copy(PagesCluster.Sample("cat.png"), Path.Combine(holiday, "cat.png"));
        File.Copy(PagesCluster.Sample("rocket.jpg"), Path.Combine(holiday, "sub", "rocket.jpg"));
        File.Copy(PagesCluster.Sample("cat.png"), Path.Combine(holiday, ".thumbnails", "cat.png"));
        File.WriteAllText(Path.Combine(holiday, "letter.png"), "Dear Sir or Madam");
        File.WriteAllText(Path.Combine(holiday, "notes.txt"), "no picture");
        return holiday;
    }

    private static ILocator Job(Visit visit) => visit.Page.GetByRole(AriaRole.Region, new() { Name = "holiday" });

    private static async Task<string> SavedAsync(Visit visit, string button, string name)
    {
        var saved = await visit.Page.RunAndWaitForDownloadAsync(() =>
            visit.Page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync()
        );
        Assert.Equal(name, saved.SuggestedFilename);
        return await File.ReadAllTextAsync((await saved.PathAsync())!, Cancelled);
    }

    private async Task<string> CaptionAsync(string sample)
    {
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(await File.ReadAllBytesAsync(PagesCluster.Sample(sample), Cancelled)), "image", sample },
            { new StringContent("1"), "num_beams" },
        };
        using var answer = await cluster.Http.PostAsync("/image-to-text", form, Cancelled);
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancelled))!["text"]!;
    }
}
