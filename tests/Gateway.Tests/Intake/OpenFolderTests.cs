using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake.Folders;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Tests.Intake;

/// <summary>Text files that can't be written into an open folder: for good, or at present.</summary>
public sealed class OpenFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly OpenFolders _folders;

    public OpenFolderTests()
    {
        var options = new OpenFolderOptions();
        options.Folders.Add(
            new OpenFolder
            {
                Name = "photos",
                Path = _folder.Path,
                Sidecars = true,
            }
        );
        _folders = new OpenFolders(Options.Create(options), null!);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_that_somebody_holds_is_waited_for()
    {
        await using (new FileStream(Path.Combine(_folder.Path, "a.txt.new"), FileMode.Create, FileAccess.Write, FileShare.None))
        {
            var refusal = await RefusalAsync("photos/a.txt");
            Assert.Equal((503, "folder_unavailable"), (refusal.Status, refusal.Code));
            Assert.NotNull(refusal.RetryAfter);
            Assert.True(Refusals.IsOfPlace(refusal.Code));
        }

        await _folders.WriteTextAsync("photos/a.txt", "a cat", Cancelled);
        Assert.Equal("a cat\n", await File.ReadAllTextAsync(Path.Combine(_folder.Path, "a.txt"), Cancelled));
    }

    [Fact]
    public async Task A_name_that_can_never_be_written_is_not_waited_for()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "b.txt"));
        foreach (string name in (string[])["photos/b.txt", "photos/gone/c.txt", $"photos/{new string('d', 300)}.txt"])
        {
            Assert.Equal(404, (await RefusalAsync(name)).Status);
        }

        Assert.Empty(Directory.EnumerateFiles(_folder.Path));
    }

    private async Task<Refusal> RefusalAsync(string name) =>
        (await Assert.ThrowsAsync<RefusalException>(() => _folders.WriteTextAsync(name, "a cat", Cancelled))).Refusal;
}
