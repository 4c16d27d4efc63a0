using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Clients;

/// <summary>
/// The clients people have, as npm serves them (tests/Clients), against a gateway and a fake node. They need Node.js and
/// <c>npm ci</c> in tests/Clients.
/// </summary>
public sealed class NodeClientsTests : IDisposable
{
    private static readonly string Root = Path.GetFullPath(
        typeof(NodeClientsTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static data => data.Key == "RepositoryRoot").Value!);

    private readonly string _picture = Path.GetTempFileName();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static string Scripts => Path.Combine(Root, "tests", "Clients");

    public void Dispose() => File.Delete(_picture);

    [Fact]
    public async Task Livepeer_Hugging_Face_and_OpenAI_clients_get_captions_streams_and_errors()
    {
        SkipWithoutClients();
        await using var house = await House.BuildAsync();
        var told = await RunAsync(house, "captions.mjs", null);
        Assert.Equal("a picture", (string)told["livepeer"]!);
        Assert.Equal("a picture", (string)told["huggingface"]!);
        Assert.Equal("a picture", (string)told["openai"]!);
        Assert.Equal(PricingStandIn.Model, (string)told["models"]![0]!);
        Assert.Equal("""{"text":"a picture","pieces":2,"tokens":3}""", told["streamed"]!.ToJsonString());
        Assert.Equal("""{"livepeer":415,"huggingface":415,"openai":"image_missing","key":401}""", told["errors"]!.ToJsonString());
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("livepeer")]
    public async Task A_client_told_429_comes_back_and_gets_its_caption(string client)
    {
        SkipWithoutClients();
        await using var house = await House.BuildAsync();
        house.Nodes[0].Behaviour.Status = 429;
        house.Nodes[0].Behaviour.RetryAfter = 1;
        var running = RunAsync(house, "retry.mjs", client);
        await Eventually.HoldsAsync(() => house.Nodes[0].Behaviour.Received > 0);
        house.Nodes[0].Behaviour.Status = 200;
        Assert.Equal("a picture", (string)(await running)["text"]!);
    }

    private static void SkipWithoutClients()
    {
        Assert.SkipUnless(OnPath("node"), "Node.js is not installed.");
        Assert.SkipUnless(Directory.Exists(Path.Combine(Scripts, "node_modules")), "The clients are not installed: run 'npm ci' in tests/Clients.");
    }

    private static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, program + ".exe")));

    private async Task<JsonNode> RunAsync(House house, string script, string? client)
    {
        await File.WriteAllBytesAsync(_picture, Pictures.Png(512, 512), Cancelled);
        using var http = house.Client();
        var start = new ProcessStartInfo("node", [script]) { WorkingDirectory = Scripts, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["GATEWAY"] = http.BaseAddress!.ToString().TrimEnd('/');
        start.Environment["KEY"] = house.Pricing.AddKey("alice");
        start.Environment["MODEL"] = PricingStandIn.Model;
        start.Environment["PICTURE"] = _picture;
        start.Environment["CLIENT"] = client;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(Cancelled);
        var words = await process.StandardOutput.ReadToEndAsync(Cancelled);
        await process.WaitForExitAsync(Cancelled);
        Assert.True(process.ExitCode == 0, await errors);
        return JsonNode.Parse(words)!;
    }
}
