using System.Globalization;
using System.Net.Sockets;
using System.Text;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Dialects;

/// <summary>
/// Replays requests to a gateway byte for byte, head and body, as the Hub's Python client (<c>huggingface_hub</c> 1.29) wrote them to
/// a socket. In the records, PICTURE, KEY, HOST and LENGTH are placeholders for what differs between runs.
/// </summary>
public sealed class RecordedRequestTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static readonly byte[] Square = Pictures.Png(512, 512);

    [Theory]
    [InlineData("huggingface_hub-bytes", null)]
    [InlineData("huggingface_hub-file", null)]
    [InlineData("huggingface_hub-parameters", "30")]
    public async Task The_Python_client_gets_a_list(string record, string? maxNewTokens)
    {
        var cluster = await shared.AsNewAsync();
        string answer = await PlayAsync(cluster, record, cluster.Pricing.AddKey("alice"));
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("""[{"generated_text":"a picture"}]""", answer, StringComparison.Ordinal);
        Assert.Contains("x-cost-usd: 0.000065536\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(maxNewTokens, cluster.Nodes[0].Behaviour.LastForm.GetValueOrDefault("max_new_tokens"));
    }

    [Fact]
    public async Task The_Python_client_gets_a_wrong_key_error_in_its_shape()
    {
        var cluster = await shared.AsNewAsync();
        cluster.Pricing.AddKey("alice");
        string answer = await PlayAsync(cluster, "huggingface_hub-bytes", "itt_nobody");
        Assert.StartsWith("HTTP/1.1 401 ", answer, StringComparison.Ordinal);
        Assert.Contains("""{"error":""", answer, StringComparison.Ordinal);
    }

    private static async Task<string> PlayAsync(TestCluster cluster, string record, string key)
    {
        var cancelled = TestContext.Current.CancellationToken;
        using var http = cluster.Client(key);
        var address = http.BaseAddress!;
        string[] parts = (
            await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Recorded", record + ".http"), cancelled)
        ).Split("\n\n", 2);
        byte[] body = parts[1].TrimEnd('\n') is "PICTURE"
            ? Square
            : Encoding.UTF8.GetBytes(parts[1].Replace("PICTURE_BASE64", Convert.ToBase64String(Square), StringComparison.Ordinal));
        string head = parts[0]
            .Replace("/models/starter", "/models/" + PricingHost.Model, StringComparison.Ordinal)
            .Replace("HOST", address.Authority, StringComparison.Ordinal)
            .Replace("KEY", key, StringComparison.Ordinal)
            .Replace("LENGTH", body.Length.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            // The connection then ends with the answer.
            .Replace("Connection: keep-alive", "Connection: close", StringComparison.Ordinal)
            .ReplaceLineEndings("\r\n");

        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, cancelled);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head + "\r\n\r\n"), cancelled);
        await stream.WriteAsync(body, cancelled);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(cancelled);
    }
}
