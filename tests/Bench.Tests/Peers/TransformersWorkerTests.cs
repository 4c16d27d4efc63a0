using ImageToText.Bench.Peers;

namespace ImageToText.Bench.Tests.Peers;

/// <summary>The process beside the product, by programs of a shell that speak as transformers_captions.py does.</summary>
public sealed class TransformersWorkerTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bench-tests-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void It_says_what_runs_and_captions_when_it_is_told_to()
    {
        var (worker, _) = Start(
            """
            echo '{"versions": "transformers 5, torch 2"}'
            while read -r line; do case "$line" in *bf16*'"beams":4'*) echo '{"ms": 12.5}';; *) echo '{"ms": 7}';; esac; done
            """
        );
        using (worker)
        {
            Assert.Equal("transformers 5, torch 2", worker!.Versions);
            Assert.Equal(12.5, worker.Caption("bf16", 4, 20));
            Assert.Equal(7, worker.Caption("f32", 1, 20));
        }
    }

    [Theory]
    [InlineData("""echo '{"error": "No module named torch"}'; exit 1""", "No module named torch")]
    [InlineData("exit 3", "ended without a word")]
    public void Why_it_does_not_run_is_said(string script, string why)
    {
        var (worker, told) = Start(script);
        Assert.Null(worker);
        Assert.Contains(why, told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_Python_that_is_not_there_is_named()
    {
        var (worker, why) = TransformersWorker.Start("no-such-python", "script", _folder.FullName, "picture");
        Assert.Null(worker);
        Assert.Contains("no-such-python", why, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_ends_in_the_middle_is_told()
    {
        var (worker, _) = Start("""echo '{"versions": "transformers 5"}'; read -r line""");
        using (worker)
        {
            var told = Assert.Throws<InvalidOperationException>(() => worker!.Caption("bf16", 1, 20));
            Assert.Contains("bf16", told.Message, StringComparison.Ordinal);
        }
    }

    private (TransformersWorker? Worker, string Why) Start(string script)
    {
        string path = Path.Combine(_folder.FullName, "script.sh");
        File.WriteAllText(path, script);
        return TransformersWorker.Start("sh", path, _folder.FullName, "picture");
    }
}
