using ImageToText.Captioning;
using ImageToText.Standalone.Serving;

namespace ImageToText.Standalone.Tests.Serving;

public sealed class ServeCommandTests
{
    [Fact]
    public void Without_options_it_listens_on_loopback_only()
    {
        var settings = Read("");
        Assert.Equal("http://127.0.0.1:8080", settings.Url);
        Assert.True(settings.IsLoopback);
        Assert.Empty(settings.Models);
    }

    [Fact]
    public void A_folder_is_served_under_its_name()
    {
        using var folder = new TemporaryFolder();
        folder.Write("my captioner/config.json", "{}");
        folder.Write("second/config.json", "{}");
        var settings = Read($"--model \"{folder.Path}/my captioner\" --model {folder.Path}/second/ --precision int8 -p 9000");
        Assert.Equal(["my-captioner", "second"], settings.Models.Select(m => m.Id));
        Assert.Equal((Precision.Int8, 9000), (settings.Precision, settings.Port));
    }

    [Theory]
    [InlineData("0.0.0.0", "http://0.0.0.0:8080", false)]
    [InlineData("::1", "http://[::1]:8080", true)]
    [InlineData("localhost", "http://localhost:8080", true)]
    [InlineData("*", "http://*:8080", false)]
    public void Hosts_become_addresses(string host, string url, bool loopback)
    {
        var settings = Read("--host " + host);
        Assert.Equal((url, loopback), (settings.Url, settings.IsLoopback));
    }

    [Theory]
    [InlineData("--host example.com", "--host")]
    [InlineData("--port 70000", "--port")]
    [InlineData("--port x", "x")]
    public void An_address_it_cannot_listen_on_is_named(string line, string named)
    {
        using var terminal = new TestTerminal();
        Assert.Contains(Command(terminal).Create().Parse(line).Errors, e => e.Message.Contains(named, StringComparison.Ordinal));
    }

    private static ServeSettings Read(string line)
    {
        using var terminal = new TestTerminal();
        var command = Command(terminal);
        var parsed = command.Create().Parse(line);
        Assert.Empty(parsed.Errors);
        return command.Read(parsed);
    }

    private static ServeCommand Command(TestTerminal terminal) => new(terminal.Terminal, _ => Task.FromResult(0));
}
