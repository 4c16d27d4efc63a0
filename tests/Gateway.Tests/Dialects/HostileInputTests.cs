using System.Globalization;
using System.Net.Sockets;
using System.Text;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Dialects;

/// <summary>
/// Sends malformed requests in every dialect. Each gets a 4xx in that dialect's shape, or a caption if a mutation did no harm.
/// </summary>
public sealed class HostileInputTests(SharedCluster shared, ITestOutputHelper output) : IClassFixture<SharedCluster>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Malformed_requests_get_4xx_in_their_dialect_and_are_billed_to_nobody()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        int count = 0;
        foreach (var (name, request) in BadPictures().Concat(HostileRequests.OfBodies(PricingHost.Model)))
        {
            using (request)
            {
                var verdict = await HostileRequests.AskAsync(http, request, Cancelled);
                Assert.True(verdict.IsRefusedProperly, $"{name}: {verdict}");
                count++;
            }
        }

        output.WriteLine($"{count} refused");
        Assert.Equal(0, cluster.Nodes[0].Behaviour.Received);
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Empty(cluster.Pricing.Ledger);
        await StillServesAsync(cluster, http);
    }

    [Fact]
    public async Task Mutated_requests_get_a_caption_or_4xx_and_only_captions_are_billed()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        int mutations = HostileRequests.MutationsOr(3000);
        int delivered = 0;
        await foreach (var (mutation, verdict) in HostileRequests.AskMutatedAsync(http, PricingHost.Model, mutations, Cancelled))
        {
            Assert.True(verdict.Status == 200 || verdict.IsRefusedProperly, $"{mutation}: {verdict}");
            delivered += verdict.Delivered;
        }

        output.WriteLine($"{mutations} mutations, {delivered} did no harm");
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Equal(delivered, cluster.Pricing.Ledger.Count);
        await StillServesAsync(cluster, http);
    }

    [Theory]
    [InlineData(1, 64 * 1024)]
    [InlineData(1, 33 * 1024)]
    [InlineData(120, 10)]
    public async Task Headers_that_are_too_large_or_too_many_are_refused_in_each_dialect(int headers, int length) =>
        await RefusesAsync(headers, length, static verdict => verdict.Status == 431 && verdict.IsRefusedProperly);

    // The server itself answers: it doesn't know the dialect before it has read the headers.
    [Theory]
    [InlineData(1, 200 * 1024)]
    [InlineData(1000, 10)]
    public async Task Headers_far_over_the_limit_are_not_read(int headers, int length) =>
        await RefusesAsync(headers, length, static verdict => verdict.Status == 431);

    [Theory]
    [InlineData(1, 31 * 1024)]
    [InlineData(80, 10)]
    public async Task Headers_within_the_limits_are_accepted(int headers, int length)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        await AskFilledAsync(http, headers, length, static verdict => verdict.Status == 200);
    }

    [Theory]
    [InlineData("application/json", "{\"image\":\"", "{\"inputs\":\"", "{\"messages\":\"")]
    [InlineData("image/png", "", "", "")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\n", "", "")]
    public async Task An_endless_chunked_body_is_cut_off_at_the_limit(string type, params string[] beginnings)
    {
        var cluster = await shared.AsNewAsync("Gateway:Intake:MaxBodyBytes=1048576", "Gateway:Intake:MaxBatchBytes=1048576");
        string key = cluster.Pricing.AddKey("alice");
        using var http = cluster.Client(key);
        foreach (string path in HostileRequests.Paths(PricingHost.Model))
        {
            string beginning =
                path.Contains("/models/", StringComparison.Ordinal) ? beginnings[1]
                : path.Contains("/v1/", StringComparison.Ordinal) ? beginnings[2]
                : beginnings[0];
            int status = await SendWithoutEndAsync(http.BaseAddress!, key, path, type, beginning);
            Assert.True(status is 413 or 415, $"{path} as {type}: {status}");
        }

        Assert.Equal(0, cluster.Nodes[0].Behaviour.Received);
        await StillServesAsync(cluster, http);
    }

    private async Task RefusesAsync(int headers, int length, Predicate<Verdict> isExpected)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        await AskFilledAsync(http, headers, length, isExpected);
        Assert.Equal(0, cluster.Nodes[0].Behaviour.Received);
        await StillServesAsync(cluster, http);
    }

    // Sends one good picture in every dialect, with this many extra headers of this length.
    private static async Task AskFilledAsync(HttpClient http, int headers, int length, Predicate<Verdict> isExpected)
    {
        foreach (var (dialect, request) in HostileRequests.OfPicture(Pictures.Png(64, 64), PricingHost.Model))
        {
            using (request)
            {
                for (int i = 0; i < headers; i++)
                {
                    request.Headers.Add(string.Create(CultureInfo.InvariantCulture, $"x-filler-{i}"), new string('x', length));
                }

                var verdict = await HostileRequests.AskAsync(http, request, Cancelled);
                Assert.True(isExpected(verdict), $"{dialect}: {verdict}");
            }
        }
    }

    [Fact]
    public async Task A_body_with_malformed_chunks_is_the_callers_fault_on_every_route()
    {
        var cluster = await shared.AsNewAsync();
        string key = cluster.Pricing.AddKey("alice");
        using var http = cluster.Client(key);
        foreach (string? path in HostileRequests.Paths(PricingHost.Model).Append("/models/requests"))
        {
            using var client = new TcpClient();
            await client.ConnectAsync(http.BaseAddress!.Host, http.BaseAddress.Port, Cancelled);
            await using var stream = client.GetStream();
            await stream.WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"POST {path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {key}\r\nContent-Type: "
                        + $"application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
                ),
                Cancelled
            );
            using var reader = new StreamReader(stream);
            string status = (await reader.ReadLineAsync(Cancelled))!.Split(' ')[1];
            // A batch isn't JSON.
            Assert.True(status is "400" or "415", $"{path}: {status}");
        }
    }

    // Writes chunks until the service answers.
    private static async Task<int> SendWithoutEndAsync(Uri address, string key, string path, string type, string beginning)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, Cancelled);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST {path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {key}\r\nContent-Type: "
                    + $"{type}\r\nTransfer-Encoding: chunked\r\n\r\n"
            ),
            Cancelled
        );
        var reader = new StreamReader(stream);
        var answer = reader.ReadLineAsync(Cancelled).AsTask();
        try
        {
            await WriteAsync(Encoding.ASCII.GetBytes(beginning));
            byte[] piece = Encoding.ASCII.GetBytes(new string('A', 16 * 1024));
            while (!answer.IsCompleted)
            {
                await WriteAsync(piece);
            }
        }
        catch (IOException)
        {
            // The service has closed its side. Its answer can still be read.
        }

        return int.Parse((await answer)!.Split(' ')[1], CultureInfo.InvariantCulture);

        async Task WriteAsync(byte[] bytes)
        {
            if (bytes.Length > 0)
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"{bytes.Length:x}\r\n"), Cancelled);
                await stream.WriteAsync(bytes, Cancelled);
                await stream.WriteAsync("\r\n"u8.ToArray(), Cancelled);
            }
        }
    }

    // The only node isn't suspended, so the next good request is captioned at once.
    private static async Task StillServesAsync(TestCluster cluster, HttpClient http)
    {
        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(64, 64)), Cancelled);
        answer.EnsureSuccessStatusCode();
        Assert.Equal(0, cluster.Service<ImageToText.Gateway.Intake.PictureIntake>().Room.Held);
    }

    private static IEnumerable<(string Name, HttpRequestMessage Request)> BadPictures()
    {
        foreach (
            string? file in Directory
                .EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Fixtures", "bad"))
                .Order(StringComparer.Ordinal)
        )
        {
            // Only a node finds damage behind the header. Nothing is decoded here; tests/Standalone.Tests uses a real node.
            string name = Path.GetFileName(file);
            if (
                name.StartsWith("truncated", StringComparison.Ordinal)
                || name is "corrupt-data.png" or "header-only.png" or "header-only.jpg"
            )
            {
                continue;
            }

            foreach (var (dialect, request) in HostileRequests.OfPicture(File.ReadAllBytes(file), PricingHost.Model))
            {
                yield return ($"{name} as {dialect}", request);
            }
        }
    }
}
