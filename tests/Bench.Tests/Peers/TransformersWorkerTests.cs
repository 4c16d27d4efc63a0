using ImageToText.Bench.Peers;

namespace ImageToText.Bench.Tests.Peers;

/// <summary>The peer process, played by shell scripts that follow the protocol of transformers_captions.py.</summary>
public sealed class TransformersWorkerTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bench-tests-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void It_reports_its_versions_and_captions_on_request()
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
    public void The_reason_it_does_not_run_is_reported(string script, string why)
    {
        var (worker, told) = Start(script);
        Assert.Null(worker);
        Assert.Contains(why, told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_Python_is_named()
    {
        var (worker, why) = TransformersWorker.Start("no-such-python", "script", _folder.FullName, "picture");
        Assert.Null(worker);
        Assert.Contains("no-such-python", why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_worker_that_ends_midway_is_reported()
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
