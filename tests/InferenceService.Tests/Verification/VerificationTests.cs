using System.Text.Json.Nodes;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Client;
using ImageToText.PricingService;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ImageToText.InferenceService.Tests.Verification;

/// <summary>
/// A real pricing service, a real node with the real engine, and a local hub. A model is requested and verified, or rejected.
/// </summary>
public sealed class VerificationTests : IAsyncLifetime
{
    private const string ServiceToken = "a-service-token-of-the-tests-0123456789";
    private const string Model = "org/captioner";

    private readonly string _folder = Directory.CreateTempSubdirectory("imagetotext-verification-").FullName;
    private HubStandIn _hub = null!;
    private WebApplication? _pricing;
    private WebApplication? _node;
    private PricingClient _client = null!;
    private string[] _nodeSettings = [];
    private volatile bool _takenOver;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _hub = await HubStandIn.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.DisposeAsync();
        }

        if (_pricing is not null)
        {
            await _pricing.DisposeAsync();
        }

        await _hub.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_good_model_is_verified_with_its_steps_and_measurements()
    {
        Serve(_ => { });
        var ended = await AskAsync(expectations: null);
        Assert.Equal((ModelRequestState.Verified, null), (ended.State, ended.Reason));
        Assert.Equal(
            [
                (VerificationStepName.Pull, StepState.Succeeded),
                (VerificationStepName.Load, StepState.Succeeded),
                (VerificationStepName.Caption, StepState.Succeeded),
                (VerificationStepName.Measure, StepState.Succeeded),
                (VerificationStepName.Compare, StepState.Skipped),
            ],
            ended.Steps.Select(step => (step.Name, step.State))
        );
        Assert.True(ended.Measurements!.SamplesCaptioned >= 10);
        string? captioned = ended.Steps.Single(step => step.Name is VerificationStepName.Caption).Detail;
        Assert.Contains("cat.png: ", captioned, StringComparison.Ordinal);
        Assert.Contains("text/printed.png: ", captioned, StringComparison.Ordinal);
        Assert.True(ended.Measurements.LatencyMedianMs > 0);
        Assert.True(ended.Measurements.MemoryBytes > 0);
    }

    [Theory]
    [InlineData("vit-gpt2", "pytorch_model.bin", "F32")]
    [InlineData("trocr-learned", "model.safetensors", "Int8")]
    [InlineData("trocr-deit", "model.safetensors", "F32")]
    [InlineData("vit-bert-sharded", "model.safetensors.index.json", "Int8")]
    public async Task A_model_of_any_family_is_verified_offered_priced_by_the_operators_file_and_used(
        string family,
        string weights,
        string precision
    )
    {
        _hub.AddFolder(Path.Combine(AppContext.BaseDirectory, "Fixtures", "families", family));
        _nodeSettings = [$"--Inference:Precision={precision}"];
        string prices = Path.Combine(_folder, "aiModels.json");
        await File.WriteAllTextAsync(
            prices,
            $$"""[{ "pipeline": "image-to-text", "model_id": "{{Model}}", "price_per_unit": 3, "pixels_per_unit": 1000000, "currency": "USD" }]""",
            Cancellation
        );
        var ended = await AskAsync(expectations: null, settings: $"--Pricing:Registry:AiModelsFile={prices}");
        Assert.Equal((ModelRequestState.Verified, null), (ended.State, ended.Reason));
        Assert.Contains(weights, ended.Steps[0].Detail, StringComparison.Ordinal);
        Assert.Equal(precision.ToLowerInvariant(), ended.Measurements!.Precision);

        CatalogueModel? offered = null;
        await Eventually.HoldsAsync(
            async () => (offered = await _client.GetModelAsync(Model, Cancellation)) is { State: not null, Verified: true },
            seconds: 180
        );
        Assert.Equal((1, 0.000003m), (offered!.Nodes, offered.LowestPrice));
        var quote = await _client.GetQuoteAsync(1000, 500, Model, cancellationToken: Cancellation);
        Assert.Equal(1.5m, Assert.Single(quote.Offers).CostUsd);

        using var http = new HttpClient { BaseAddress = AddressOf(_node!) };
        byte[] line = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "samples", "text", "printed.png"), Cancellation);
        using var form = new MultipartFormDataContent
        {
            { new StringContent(Model), "model_id" },
            { new ByteArrayContent(line), "image", "printed.png" },
        };
        using var caption = await http.PostAsync("/image-to-text", form, Cancellation);
        Assert.True(caption.IsSuccessStatusCode, await caption.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task A_missing_tensor_is_named_and_the_request_is_rejected()
    {
        const string tensor = "vision_model.encoder.layers.0.mlp.fc1.weight";
        Serve(header =>
        {
            header["renamed"] = header[tensor]!.DeepClone();
            header.Remove(tensor);
        });
        var ended = await AskAsync(expectations: null);
        Assert.Equal(ModelRequestState.Rejected, ended.State);
        Assert.Contains(tensor, ended.Reason, StringComparison.Ordinal);
        Assert.Equal((VerificationStepName.Load, StepState.Failed), (ended.Steps[^1].Name, ended.Steps[^1].State));
    }

    [Fact]
    public async Task A_request_with_an_unexpected_caption_is_rejected()
    {
        Serve(_ => { });
        var ended = await AskAsync(new Dictionary<string, string> { ["cat.png"] = "a caption that no random model writes" });
        Assert.Equal(ModelRequestState.Rejected, ended.State);
        Assert.Contains("cat.png", ended.Reason, StringComparison.Ordinal);
        Assert.Equal((0, 1), (ended.Measurements!.ExpectationsMet, ended.Measurements.Expectations));
    }

    [Fact]
    public async Task A_request_for_a_model_missing_from_the_hub_is_rejected()
    {
        _hub.ModelId = "org/another";
        var ended = await AskAsync(expectations: null);
        Assert.Equal(ModelRequestState.Rejected, ended.State);
        Assert.Contains(Model, ended.Reason, StringComparison.Ordinal);
        Assert.Equal((VerificationStepName.Pull, StepState.Failed), (ended.Steps[^1].Name, ended.Steps[^1].State));
    }

    [Theory]
    [InlineData("refs/pr/7")]
    [InlineData(HubStandIn.Commit)]
    public async Task A_revision_other_than_main_is_verified_and_then_offered_by_name(string revision)
    {
        Serve(_ => { });
        var ended = await AskAsync(expectations: null, revision);
        Assert.Equal((ModelRequestState.Verified, null, revision), (ended.State, ended.Reason, ended.HubRevision));

        // The main branch wasn't requested, so it is neither verified nor offered.
        ModelCatalogue catalogue = null!;
        await Eventually.HoldsAsync(
            async () =>
            {
                catalogue = await _client.GetModelsAsync(Cancellation);
                return catalogue.Models.Any(model => model.ModelId == $"{Model}@{revision}" && model.State is not null);
            },
            seconds: 180
        );
        var offered = catalogue.Models.Single(model => model.ModelId.StartsWith(Model, StringComparison.Ordinal));
        Assert.Equal(($"{Model}@{revision}", true, 1), (offered.ModelId, offered.Verified, offered.Nodes));

        using var http = new HttpClient { BaseAddress = AddressOf(_node!) };
        using var form = new MultipartFormDataContent { { new StringContent(offered.ModelId), "model_id" } };
        form.Add(
            new ByteArrayContent(await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "samples", "cat.png"), Cancellation)),
            "image",
            "cat.png"
        );
        using var caption = await http.PostAsync("/image-to-text", form, Cancellation);
        Assert.True(caption.IsSuccessStatusCode, await caption.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task A_request_for_a_model_that_fails_when_run_is_rejected_and_the_node_carries_on()
    {
        Serve(_ => { });
        var preprocessing = JsonNode.Parse(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "blip-small-f32", "preprocessor_config.json"))
        )!;
        // Each pixel becomes infinite, so every logit becomes NaN.
        preprocessing["image_std"] = new JsonArray(0.0, 0.0, 0.0);
        _hub.Add("preprocessor_config.json", preprocessing.ToJsonString());
        var ended = await AskAsync(expectations: null);
        Assert.Equal(ModelRequestState.Rejected, ended.State);
        Assert.Equal((VerificationStepName.Caption, StepState.Failed), (ended.Steps[^1].Name, ended.Steps[^1].State));
        using var http = new HttpClient { BaseAddress = AddressOf(_node!) };
        using var alive = await http.GetAsync("/alive", Cancellation);
        Assert.True(alive.IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_request_for_a_model_of_another_kind_is_rejected_before_anything_large_is_fetched()
    {
        _hub.Add("config.json", """{"model_type":"llama"}""");
        _hub.AddLarge("model.safetensors", 100_000);
        var ended = await AskAsync(expectations: null);
        Assert.Equal(ModelRequestState.Rejected, ended.State);
        Assert.Contains("llama", ended.Reason, StringComparison.Ordinal);
        Assert.Empty(_hub.CdnRequests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_licence_that_forbids_commercial_use_is_left_to_nodes_that_accept_it(bool accepted)
    {
        Serve(_ => { });
        _hub.Licence = "cc-by-nc-4.0";
        if (accepted)
        {
            _nodeSettings = ["--Inference:Verification:AcceptedLicences:0=cc-by-nc-4.0"];
        }

        var ended = await AskAsync(
            expectations: null,
            settings: ["--Pricing:Verification:MaxAttempts=2", "--Pricing:Verification:RetryAfter=00:00:00"]
        );
        Assert.Equal(accepted ? (ModelRequestState.Verified, 1) : (ModelRequestState.Rejected, 2), (ended.State, ended.Attempts));
        if (accepted)
        {
            return;
        }

        Assert.Contains("Inference:Verification:AcceptedLicences", ended.Reason, StringComparison.Ordinal);
        Assert.Empty(_hub.CdnRequests);
    }

    [Fact]
    public async Task A_node_without_enough_memory_leaves_the_model_to_others()
    {
        Serve(_ => { });
        _nodeSettings = ["--Inference:MemoryBudgetMiB=1"];
        var ended = await AskAsync(
            expectations: null,
            settings: ["--Pricing:Verification:MaxAttempts=2", "--Pricing:Verification:RetryAfter=00:00:00"]
        );
        Assert.Equal((ModelRequestState.Rejected, 2), (ended.State, ended.Attempts));
    }

    [Fact]
    public async Task A_node_that_lost_a_verification_drops_it_and_may_take_it_again()
    {
        Serve(_ => { });
        bool lost = false;
        _hub.BeforeHub = async context =>
        {
            if (lost)
            {
                return false;
            }
            // The hub is silent until the node gives up. The pricing service says that another node has taken over.
            lost = _takenOver = true;
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            _takenOver = false;
            return true;
        };
        var ended = await AskAsync(
            expectations: null,
            settings: ["--Pricing:Verification:Lease=00:00:03", "--Pricing:Verification:RetryAfter=00:00:00"]
        );
        Assert.True(lost);
        Assert.Equal((ModelRequestState.Verified, null), (ended.State, ended.Reason));
        Assert.True(ended.Attempts >= 2, $"{ended.Attempts} attempts");
    }

    private async Task StartPricingAsync(string[] settings)
    {
        _pricing = PricingApp.Create(
            [
                $"--Pricing:Store:ConnectionString=Data Source={Path.Combine(_folder, "pricing.db")}",
                $"--Pricing:Access:ServiceToken={ServiceToken}",
                "--ServiceDefaults:Telemetry=false",
                .. settings,
            ],
            OnFreePort
        );
        _pricing.Use(
            (context, next) =>
            {
                if (!_takenOver || !context.Request.Path.Value!.EndsWith("/steps", StringComparison.Ordinal))
                {
                    return next(context);
                }

                context.Response.StatusCode = StatusCodes.Status409Conflict;
                return Task.CompletedTask;
            }
        );
        await _pricing.StartAsync(Cancellation);
        var http = new HttpClient { BaseAddress = AddressOf(_pricing) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", ServiceToken);
        _client = new PricingClient(http);
    }

    private async Task<ModelRequest> AskAsync(
        IReadOnlyDictionary<string, string>? expectations,
        string? revision = null,
        params string[] settings
    )
    {
        await StartPricingAsync(settings);
        _node = InferenceApp.Create(
            [
                $"--Inference:ModelsFolder={Path.Combine(_folder, "models")}",
                $"--Inference:HubCacheFolder={Path.Combine(_folder, "hub")}",
                $"--Inference:Registration:PricingAddress={AddressOf(_pricing!)}",
                $"--Inference:Registration:PricingToken={ServiceToken}",
                "--Inference:Verification:LookEvery=00:00:00.05",
                $"--HF_ENDPOINT={_hub.Address}",
                "--ServiceDefaults:Telemetry=false",
                .. _nodeSettings,
            ],
            OnFreePort
        );
        await _node.StartAsync(Cancellation);
        var asked = await _client.RequestModelAsync(new ModelRequestBody(Model, revision, expectations), cancellationToken: Cancellation);
        ModelRequest? request = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                request = await _client.GetModelRequestAsync(asked.RequestId, Cancellation);
                return request!.State is ModelRequestState.Verified or ModelRequestState.Rejected;
            },
            seconds: 180
        );
        return request!;
    }

    private void Serve(Action<JsonObject> editHeader)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "Fixtures", "blip-small-f32");
        foreach (string? file in Directory.EnumerateFiles(folder).Where(file => Path.GetExtension(file) is ".json" or ".txt"))
        {
            _hub.Add(Path.GetFileName(file), File.ReadAllText(file));
        }

        byte[] bytes = File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
        int length = (int)BitConverter.ToInt64(bytes);
        var header = JsonNode.Parse(bytes.AsSpan(8, length))!.AsObject();
        editHeader(header);
        byte[] json = System.Text.Encoding.UTF8.GetBytes(header.ToJsonString());
        _hub.AddLarge("model.safetensors", [.. BitConverter.GetBytes((long)json.Length), .. json, .. bytes.AsSpan(8 + length)]);
    }

    private static void OnFreePort(WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
    }

    private static Uri AddressOf(WebApplication app) => new(app.Urls.Single());
}
