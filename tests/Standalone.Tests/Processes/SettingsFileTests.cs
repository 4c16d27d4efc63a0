using System.Net;
using System.Net.Sockets;

namespace ImageToText.Standalone.Tests.Processes;

/// <summary>Where 'serve' gets its settings. It never reads a file just because it is in the current folder.</summary>
public sealed class SettingsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_file_in_the_current_folder_is_ignored_and_the_named_one_is_read()
    {
        int port = LoopbackPort.Free();
        _folder.Write(
            "appsettings.json",
            $$$"""
            {
              "Kestrel": { "Endpoints": { "World": { "Url": "http://127.0.0.1:{{{port}}}" } } },
              "Gateway": { "Admission": { "Anonymous": "Everyone" } }
            }
            """
        );
        _folder.Write("mine.json", """{ "Gateway": { "Admission": { "Anonymous": "None" } } }""");
        var (usage, listens) = await ServeAsync(port, ["--settings", "mine.json"], []);
        Assert.Equal(HttpStatusCode.Unauthorized, usage);
        Assert.False(listens);
    }

    [Fact]
    public async Task The_environment_wins_over_the_named_file()
    {
        _folder.Write("mine.json", """{ "Gateway": { "Admission": { "Anonymous": "None" } } }""");
        var environment = new Dictionary<string, string> { ["Gateway__Admission__Anonymous"] = "Loopback" };
        var (usage, _) = await ServeAsync(LoopbackPort.Free(), ["--settings", "mine.json"], environment);
        Assert.Equal(HttpStatusCode.OK, usage);
    }

    [Theory]
    [InlineData(null, "there is no file")]
    [InlineData("""{ "Gateway": """, "can't be read")]
    [InlineData("""{ "Kestrel": { "Endpoints": { "World": { "Url": "http://0.0.0.0:80" } } } }""", "Kestrel:Endpoints is set")]
    [InlineData("""{ "Inference": { "QueueCapacity": 0 } }""", "Inference:QueueCapacity is 0: give 1 or more.")]
    public async Task A_faulty_file_is_explained_in_one_line(string? content, string said)
    {
        if (content is not null)
        {
            _folder.Write("mine.json", content);
        }

        var ended = await StandaloneProcess.RunAsync(
            ["serve", "--port", "0", "--data", Path.Combine(_folder.Path, "data"), "--settings", Path.Combine(_folder.Path, "mine.json")],
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.NotEqual(0, ended.Code);
        Assert.Contains(said, ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<(HttpStatusCode Usage, bool Listens)> ServeAsync(int port, string[] options, Dictionary<string, string> environment)
    {
        var cancelled = TestContext.Current.CancellationToken;
        using var serving = StandaloneProcess.Start(["serve", "--port", "0", "--data", "data", .. options], environment, _folder.Path);
        var (address, _) = await serving.ReadBannerAsync(cancelled);
        using var http = new HttpClient();
        using var usage = await http.GetAsync(new Uri(address, "usage"), cancelled);
        bool listens = await ListensAsync(port);
        serving.Signal("TERM");
        await serving.EndAsync(cancelled);
        return (usage.StatusCode, listens);
    }

    private static async Task<bool> ListensAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
