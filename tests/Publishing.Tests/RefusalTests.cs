namespace ImageToText.Publishing.Tests;

public sealed class RefusalTests
{
    [Theory]
    [InlineData("--Deployment:Target=Azure")]
    [InlineData("--Deployment:Replicas=0")]
    public async Task A_failed_publish_ends_with_1_and_leaves_nothing(string setting)
    {
        string folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        Assert.Equal(1, await Publication.WriteAsync(["--output-path", folder, setting], Targets.Publish));
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task A_failing_step_ends_with_1()
    {
        string file = Path.GetTempFileName();
        try
        {
            Assert.Equal(1, await Publication.WriteAsync(["--output-path", file], Targets.Publish));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
