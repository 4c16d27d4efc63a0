using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.PricingService.Network;
using ImageToText.PricingService.Prices;
using ImageToText.PricingService.Registry;
using ImageToText.PricingService.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.PricingService.Tests.Prices;

public sealed class OperatorFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("imagetotext-operator-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_operators_aiModels_json_is_read_unchanged()
    {
        var content = AiModelsFile.Read(
            Write(
                """
                [
                  { "pipeline": "text-to-image", "model_id": "ByteDance/SDXL-Lightning", "price_per_unit": 4768371, "warm": true },
                  { "pipeline": "image-to-text", "model_id": "Salesforce/blip-image-captioning-large", "price_per_unit": "0.5e-2USD", "pixels_per_unit": 1e6, "warm": true },
                  { "pipeline": "image-to-text", "model_id": "org/other", "price_per_unit": 1000, "pixels_per_unit": 2, "currency": "wei",
                    "optimization_flags": { "SFAST": true, "DEEPCACHE": false }, "url": "http://10.0.0.5:8900", "token": "my-token", "capacity": 3 },
                  { "pipeline": "image-to-text", "model_id": "org/third", "price_per_unit": 7, "url": "http://10.0.0.5:8900", "gateway": "g", "colour": "red" }
                ]
                """
            )
        );
        Assert.Equal(new Price(0.005m, 1_000_000m), content.Prices["Salesforce/blip-image-captioning-large"]);
        var runner = Assert.Single(content.Nodes);
        Assert.Equal(("http://10.0.0.5:8900/", "my-token"), (runner.Address.AbsoluteUri, runner.Token));
        Assert.Equal(["org/other", "org/third"], runner.Models.Select(model => model.ModelId));
        var other = runner.Models[0];
        Assert.Equal((3, ModelState.Warm, new Price(1000, 2, Currency.Wei)), (other.Capacity, other.State, other.Price));
        Assert.Equal("True", other.OptimizationFlags!["SFAST"]);
        Assert.Equal(
            [
                "aiModels.json, entry 1: the pipeline text-to-image is not served here; the entry is ignored.",
                "aiModels.json, entry 4: the field colour is unknown and ignored.",
            ],
            content.Warnings
        );
    }

    [Theory]
    [InlineData("""{}""", "aiModels.json must hold a list of models.")]
    [InlineData("""[{"pipeline":"image-to-text"}]""", "aiModels.json, entry 1: model_id is missing.")]
    [InlineData("""[{"pipeline":"image-to-text","model_id":"a"}]""", "aiModels.json, entry 1: price_per_unit is missing.")]
    [InlineData(
        """[{"pipeline":"image-to-text","model_id":"a","price_per_unit":-1}]""",
        "aiModels.json, entry 1: price_per_unit must not be negative."
    )]
    [InlineData(
        """[{"pipeline":"image-to-text","model_id":"a","price_per_unit":1,"currency":"gold"}]""",
        "aiModels.json, entry 1: currency must be wei, eth or USD, not \"gold\"."
    )]
    [InlineData(
        """[{"pipeline":"image-to-text","model_id":"a","price_per_unit":"1USD","currency":"wei"}]""",
        "aiModels.json, entry 1: currency disagrees with the currency after price_per_unit."
    )]
    [InlineData(
        """[{"pipeline":"image-to-text","model_id":"a","price_per_unit":1,"pixels_per_unit":0}]""",
        "aiModels.json, entry 1: pixels_per_unit must be a number above zero."
    )]
    [InlineData(
        """[{"pipeline":"image-to-text","model_id":"a","price_per_unit":1,"capacity":0}]""",
        "aiModels.json, entry 1: capacity must be a whole number of at least 1."
    )]
    [InlineData(
        """[{"pipeline":"image-to-text","model_id":"a","price_per_unit":1,"warm":"yes"}]""",
        "aiModels.json, entry 1: warm must be true or false."
    )]
    [InlineData(
        """[{"pipeline":"image-to-text","model_id":"a","price_per_unit":1,"url":"nowhere"}]""",
        "aiModels.json, entry 1: url must be an http or https address, not \"nowhere\"."
    )]
    [InlineData(
        """[{"pipeline":"image-to-text","model_id":"a","price_per_unit":1e-40}]""",
        "aiModels.json, entry 1: price_per_unit is too small to be kept exactly: \"1e-40\"."
    )]
    public void An_invalid_value_is_refused_with_file_entry_and_field(string json, string message) =>
        Assert.Equal(message, Assert.Throws<OperatorFileException>(() => AiModelsFile.Read(Write(json))).Message);

    [Fact]
    public async Task Caps_from_maxPricePerCapability_json_reach_the_gateway_and_a_changed_file_is_reread()
    {
        string file = Write(
            """
            {"capabilities_prices": [
              {"pipeline": "text-to-image", "model_id": "default", "price_per_unit": 1, "pixels_per_unit": 1},
              {"pipeline": "image-to-text", "model_id": "default", "price_per_unit": 3e-10, "pixels_per_unit": 1, "currency": "USD"},
              {"pipeline": "image-to-text", "model_id": "org/model", "price_per_unit": 100000, "pixels_per_unit": 1, "currency": "wei"}]}
            """
        );
        await using var host = await TestPricing.StartAsync(
            $"--Pricing:Caps:Files:default={file}",
            "--Pricing:ExchangeRate:UsdPerEth=2500"
        );
        var known = await host.Service.WatchNetworkAsync("gateway", null, TimeSpan.Zero);
        Assert.Equal(
            [
                new PriceCap(null, new(0.0000000003m), 0.0000000003m),
                new PriceCap("org/model", new(100_000, 1, Currency.Wei), 0.00000000025m),
            ],
            known.Network!.Caps
        );

        var watching = host.Service.WatchNetworkAsync("gateway", known.Version, TimeSpan.FromSeconds(60));
        Write("""{"capabilities_prices": [{"pipeline": "image-to-text", "model_id": "default", "price_per_unit": "1USD"}]}""", later: true);
        await host.Services.GetRequiredService<RegistryMaintenance>().RunOnceAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, Assert.Single((await watching).Network!.Caps).UsdPerPixel);
    }

    [Fact]
    public async Task An_invalid_file_stops_the_startup()
    {
        string file = Write("""[{"pipeline":"image-to-text","model_id":"a","price_per_unit":"much"}]""");
        var fault = await Assert.ThrowsAsync<OperatorFileException>(() =>
            TestPricing.StartAsync($"--Pricing:Registry:AiModelsFile={file}")
        );
        Assert.Equal("aiModels.json, entry 1: price_per_unit must be a number, not \"much\".", fault.Message);
    }

    [Fact]
    public async Task Runners_in_the_file_become_nodes_and_its_other_prices_apply_to_models()
    {
        string file = Write(
            """
            [
              { "pipeline": "image-to-text", "model_id": "org/model", "price_per_unit": "9e-10USD", "url": "https://runner.example:8443/a" },
              { "pipeline": "image-to-text", "model_id": "org/model", "price_per_unit": "4e-10USD" }
            ]
            """
        );
        await using var host = await TestPricing.StartAsync($"--Pricing:Registry:AiModelsFile={file}");
        await host.NodeAsync("node-a", new NodeModel("org/model", "r1", ModelState.Warm));
        var offers = (await host.Service.GetQuoteAsync(1, 1, "org/model")).Offers;
        Assert.Equal(
            [("node-a", 0.0000000004m), ("runner-runner.example-8443-a", 0.0000000009m)],
            offers.Select(offer => (offer.NodeId, offer.UsdPerPixel))
        );
    }

    [Theory]
    [InlineData("https://Läufer.example:8443/ä/b/", "runner-xn--lufer-gra.example-8443-%C3%A4-b")]
    [InlineData("http://[2001:db8::1]:8000", "runner-[2001:db8::1]-8000")]
    [InlineData("http://10.0.0.7:8000", "runner-10.0.0.7-8000")]
    public void A_runners_id_is_ascii_only(string address, string id) => Assert.Equal(id, AiModelsFile.NodeId(new(address)));

    private string Write(string json, bool later = false)
    {
        string file = Path.Combine(_folder, json.TrimStart()[0] == '[' || json == "{}" ? "aiModels.json" : "maxPricePerCapability.json");
        File.WriteAllText(file, json);
        if (later)
        {
            File.SetLastWriteTimeUtc(file, new(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }

        return file;
    }
}
