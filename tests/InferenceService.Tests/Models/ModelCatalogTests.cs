using ImageToText.InferenceService.Models;
using ImageToText.InferenceService.Tests.Node;
using ImageToText.ServiceDefaults.Validation;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Tests.Models;

public sealed class ModelCatalogTests : IDisposable
{
    private readonly ModelFolders _folders = new();
    private readonly ModelStoreOptions _options = new() { Starter = false };

    [Fact]
    public void Models_are_found_in_every_place_by_their_ids()
    {
        string elsewhere = _folders.AddElsewhere("mine");
        string plain = _folders.Add("plain");
        string named = _folders.Add("org/named");
        string hub = _folders.AddToHub("Salesforce/blip-image-captioning-base");
        _folders.Add("org/classifier", type: "resnet");
        _folders.AddToHub("org/other-tool", type: "bert");
        _options.Models.Add(new ModelOptions { Folder = elsewhere });

        var found = Catalog().All();

        Assert.Equal(
            [
                ("Salesforce/blip-image-captioning-base", hub, ModelSource.Hub),
                ("mine", elsewhere, ModelSource.Configured),
                ("org/named", named, ModelSource.Folder),
                ("plain", plain, ModelSource.Folder),
            ],
            found.Select(model => (model.Id, model.Path!, model.Source))
        );
        Assert.Equal(2_000_000, found[0].WeightBytes);
    }

    [Fact]
    public void An_adapters_folder_is_a_model_if_its_base_is_present()
    {
        string hub = _folders.AddToHub("org/base");
        string adapter = _folders.AddAdapter("mine", "org/base");
        _folders.AddAdapter("orphan", "org/elsewhere");

        var found = Catalog().All();

        Assert.Equal([("mine", adapter), ("org/base", hub)], found.Select(model => (model.Id, model.Path!)));
        // The minimum: the base model's weights and its own.
        Assert.Equal(2_000_010, found[0].WeightBytes);
        Assert.Equal(adapter, Catalog().Find("mine")!.Path);
        Assert.Null(Catalog().Find("orphan"));
    }

    [Fact]
    public void A_models_own_folder_takes_precedence_over_the_hubs()
    {
        string own = _folders.Add("org/model");
        _folders.AddToHub("org/model");
        Assert.Equal(own, Catalog().Find("org/model")!.Path);
    }

    [Theory]
    [InlineData("../elsewhere/mine")]
    [InlineData("..")]
    [InlineData("org/../mine")]
    [InlineData("/etc")]
    [InlineData("org/a/b")]
    [InlineData("")]
    [InlineData("a\\b")]
    public void Only_a_name_leads_to_a_folder(string id)
    {
        _folders.AddElsewhere("mine");
        Assert.Null(Catalog().Find(id));
    }

    [Fact]
    public void The_default_is_the_set_one_or_the_first_configured_or_the_starter_or_the_first_found()
    {
        _folders.Add("found");
        Assert.Equal("found", Catalog().DefaultModel);

        _options.Starter = true;
        _options.StarterFolder = _folders.AddElsewhere("starter");
        Assert.Equal("starter", Catalog().DefaultModel);
        Assert.True(Catalog().Find("starter")!.Warm);

        _options.Models.Add(new ModelOptions { Folder = _folders.AddElsewhere("mine") });
        Assert.Equal("mine", Catalog().DefaultModel);
        Assert.False(Catalog().Find("starter")!.Warm);

        _options.DefaultModel = "found";
        Assert.Equal("found", Catalog().DefaultModel);
        Assert.True(Catalog().Find("found")!.Warm);
    }

    [Fact]
    public void A_model_added_later_is_found()
    {
        var catalog = Catalog();
        Assert.Null(catalog.Find("later"));
        _folders.Add("later");
        Assert.NotNull(catalog.Find("later"));
    }

    [Theory]
    [InlineData("Inference:Models:0", "give an Id, a Folder or both")]
    [InlineData("Inference:Models:1:Folder", "there is no such folder")]
    [InlineData("Inference:Warm:0", "write NAME or ORG/NAME")]
    [InlineData("Inference:MemoryBudgetMiB", "give 1 or more")]
    [InlineData("Inference:LoadWait", "zero or more")]
    public void An_invalid_setting_is_named(string key, string reason)
    {
        _options.Models.Add(new ModelOptions());
        _options.Models.Add(new ModelOptions { Folder = Path.Combine(_folders.Root, "nowhere") });
        _options.Warm.Add("../x");
        _options.MemoryBudgetMiB = 0;
        _options.LoadWait = TimeSpan.FromSeconds(-1);

        var result = new OptionsRules<ModelStoreOptions>(ModelStoreOptions.Section).Validate(null, _options);

        Assert.Contains(
            result.Failures!,
            failure => failure.StartsWith(key, StringComparison.Ordinal) && failure.Contains(reason, StringComparison.Ordinal)
        );
    }

    public void Dispose() => _folders.Dispose();

    private ModelCatalog Catalog()
    {
        _options.ModelsFolder = _folders.Models;
        _options.HubCacheFolder = _folders.Hub;
        return new ModelCatalog(Options.Create(_options));
    }
}
