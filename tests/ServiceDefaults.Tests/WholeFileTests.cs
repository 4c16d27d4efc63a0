using ImageToText.ServiceDefaults.Files;

namespace ImageToText.ServiceDefaults.Tests;

public sealed class WholeFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("whole-file-").FullName;

    private string FilePath => Path.Combine(_folder, "file");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_failed_write_leaves_the_old_content()
    {
        WholeFile.WriteText(FilePath, "before\n");
        Assert.Throws<IOException>(() =>
            WholeFile.Write(
                FilePath,
                static stream =>
                {
                    stream.Write("half of wh"u8);
                    throw new IOException("The disk is full.");
                }
            )
        );
        Assert.Equal("before", WholeFile.ReadText(FilePath));
        Assert.Equal(["file"], Directory.GetFiles(_folder).Select(Path.GetFileName));
        WholeFile.WriteText(FilePath, "after\n");
        Assert.Equal("after", WholeFile.ReadText(FilePath));
        Assert.Equal(["file"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_cancelled_write_leaves_the_old_content()
    {
        WholeFile.WriteText(FilePath, "before\n");
        await Assert.ThrowsAsync<OperationCanceledException>(() =>
            WholeFile.WriteAsync(
                FilePath,
                static async stream =>
                {
                    await stream.WriteAsync("half of wh"u8.ToArray());
                    throw new OperationCanceledException();
                }
            )
        );
        Assert.Equal("before", WholeFile.ReadText(FilePath));
        Assert.Equal(["file"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void A_missing_and_an_empty_file_are_both_empty()
    {
        Assert.Null(WholeFile.ReadText(FilePath));
        WholeFile.WriteText(FilePath, " \n");
        Assert.Null(WholeFile.ReadText(FilePath));
    }

    [Fact]
    public void Only_its_user_can_read_a_secret()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows stores permissions differently.");
        WholeFile.WriteText(FilePath, "secret", isSecret: true);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        }
    }
}
