using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.InferenceService.Tests.Node;

namespace ImageToText.InferenceService.Tests.Processes;

/// <summary>The whole node: real engine, starter model, real pictures, real process.</summary>
public sealed class NodeProcessTests : IDisposable
{
    private static readonly StarterCaption Photo = StarterExpectations.Greedy("baseline-420.jpg");

    private readonly ModelFolders _scratch = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_node_out_of_the_box_captions_like_the_reference()
    {
        await using var node = await NodeProcess.StartAsync(_scratch.Root, Cancelled);

        foreach (var expected in StarterExpectations.All)
        {
            using var form = TestNode.Form(expected.Image, expected.Fields);
            using var answer = await node.Client.PostAsync("/image-to-text", form, Cancelled);
            Assert.True(answer.IsSuccessStatusCode, $"{expected.Picture}: {await answer.Content.ReadAsStringAsync(Cancelled)}");
            var response = await answer.Content.ReadFromJsonAsync(NodeApiJson.Default.CaptionResponse, Cancelled);
            Assert.Equal((expected.Picture, expected.Text, "starter"), (expected.Picture, response!.Text, response.ModelId));
            Assert.Equal(expected.TokenIds, response.Details!.Sequences[0].TokenIds);
            Assert.Equal(64, answer.Headers.GetValues("x-model-revision").Single().Length);
        }

        using var broken = TestNode.Form("not a picture"u8.ToArray());
        using var refused = await node.Client.PostAsync("/image-to-text", broken, Cancelled);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, refused.StatusCode);
        using var beams = TestNode.Form(Photo.Image, ("num_beams", "99"));
        using var outOfRange = await node.Client.PostAsync("/image-to-text", beams, Cancelled);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, outOfRange.StatusCode);
        Assert.Equal(
            ["body", "num_beams"],
            (await outOfRange.Content.ReadFromJsonAsync(NodeApiJson.Default.NodeValidationError, Cancelled))!.Detail[0].Loc
        );
    }

    [Theory]
    [InlineData("--Inference:MaxBatchRows=1", "Inference:MaxBatchRows is 1: give 16 or more")]
    [InlineData("--Inference:Provider=nvidia", "Inference:Provider is 'nvidia': give one of Auto, Cpu, Cuda.")]
    public async Task A_node_that_cannot_start_says_why_without_a_stack_trace(string setting, string said)
    {
        var ended = await Assert.ThrowsAsync<InvalidOperationException>(() => NodeProcess.StartAsync(_scratch.Root, Cancelled, setting));
        Assert.Contains(said, ended.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_streams_pieces_make_up_the_caption()
    {
        await using var node = await NodeProcess.StartAsync(_scratch.Root, Cancelled);
        using var form = TestNode.Form(Photo.Image, [.. Photo.Fields, ("stream", "true")]);

        using var answer = await node.Client.PostAsync("/image-to-text", form, Cancelled);
        string[] events = (await answer.Content.ReadAsStringAsync(Cancelled)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);

        string pieces = string.Concat(
            events[..^1].Select(piece => JsonSerializer.Deserialize(piece["data: ".Length..], NodeApiJson.Default.CaptionPiece)!.Text)
        );
        var whole = JsonSerializer.Deserialize(events[^1]["event: caption\ndata: ".Length..], NodeApiJson.Default.CaptionResponse)!;
        Assert.Equal(whole.Text, pieces);
        Assert.Equal(Photo.Text, whole.Text);
        Assert.True(events.Length > 3);
    }

    [Fact]
    public async Task On_SIGTERM_a_node_finishes_its_requests_and_refuses_new_ones()
    {
        await using var node = await NodeProcess.StartAsync(
            _scratch.Root,
            Cancelled,
            "--ServiceDefaults:DrainDelay=00:00:01",
            "--Inference:Upload:GracePeriod=00:05:00"
        );
        using (var warm = TestNode.Form(Photo.Image, Photo.Fields))
        using (var first = await node.Client.PostAsync("/image-to-text", warm, Cancelled))
        {
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        }

        await using var slow = await HalfSentRequest.BeginAsync(node.Client.BaseAddress!, Photo.Image, Cancelled);
        await HalfSentRequest.WaitUntilInHandAsync(node.Client, Cancelled);

        await node.SignalAsync("TERM", Cancelled);
        HttpStatusCode ready;
        do
        {
            using var probe = await node.Client.GetAsync("/ready", Cancelled);
            ready = probe.StatusCode;
        } while (ready == HttpStatusCode.OK);
        using var form = TestNode.Form(Photo.Image, Photo.Fields);
        using var refused = await node.Client.PostAsync("/image-to-text", form, Cancelled);
        string answer = await slow.FinishAsync(Cancelled);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.StartsWith("HTTP/1.1 200 OK", answer, StringComparison.Ordinal);
        Assert.Contains(JsonSerializer.Serialize(Photo.Text), answer, StringComparison.Ordinal);
        Assert.Equal(0, await node.EndAsync(Cancelled));
    }

    [Fact]
    public async Task An_invalid_setting_stops_the_node_at_startup_and_is_named()
    {
        var ended = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            NodeProcess.StartAsync(_scratch.Root, Cancelled, "--Inference:QueueCapacity=0")
        );
        Assert.Contains("Inference:QueueCapacity is 0", ended.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _scratch.Dispose();

    /// <summary>A caption request that holds back its last bytes, so it stays in progress as long as the test wants.</summary>
    private sealed class HalfSentRequest : IAsyncDisposable
    {
        private readonly TcpClient _tcp;
        private readonly byte[] _rest;

        private HalfSentRequest(TcpClient tcp, byte[] rest) => (_tcp, _rest) = (tcp, rest);

        public static async Task<HalfSentRequest> BeginAsync(Uri address, byte[] image, CancellationToken cancellationToken)
        {
            using var form = TestNode.Form(image, Photo.Fields);
            byte[] body = await form.ReadAsByteArrayAsync(cancellationToken);
            string head =
                $"POST /image-to-text HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: "
                + $"{form.Headers.ContentType}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
            var tcp = new TcpClient();
            await tcp.ConnectAsync(address.Host, address.Port, cancellationToken);
            await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), cancellationToken);
            await tcp.GetStream().WriteAsync(body.AsMemory(0, body.Length / 2), cancellationToken);
            return new HalfSentRequest(tcp, body[(body.Length / 2)..]);
        }

        public static Task WaitUntilInHandAsync(HttpClient client, CancellationToken cancellationToken) =>
            Eventually.HoldsAsync(
                async () =>
                    (await client.GetFromJsonAsync("/hardware/stats", NodeApiJson.Default.HardwareStats, cancellationToken))!
                        .Process
                        .RequestsInFlight > 0,
                seconds: 120
            );

        public async Task<string> FinishAsync(CancellationToken cancellationToken)
        {
            await _tcp.GetStream().WriteAsync(_rest, cancellationToken);
            using var reader = new StreamReader(_tcp.GetStream());
            return await reader.ReadToEndAsync(cancellationToken);
        }

        public ValueTask DisposeAsync()
        {
            _tcp.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
