using ImageToText.Captioning.Weights.Adapters;

namespace ImageToText.Captioning.Tests.Weights;

/// <summary>Where the base of an adapter is looked for.</summary>
public sealed class ModelPlaceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_without_an_adapter_is_the_model()
    {
        string model = Model("model");
        Assert.Equal(new ModelPlace(model, null), Find(model));
    }

    [Fact]
    public void An_adapter_beside_the_bases_files_is_merged_there()
    {
        string model = Model("model");
        Adapter("model", "somewhere/else");
        Assert.Equal(new ModelPlace(model, model), Find(model));
    }

    [Fact]
    public void The_base_is_a_folder_beside_the_adapter()
    {
        string model = Model("model");
        string adapter = Adapter("adapter", "../model");
        Assert.Equal(new ModelPlace(model, adapter), Find(adapter));
        adapter = Adapter("adapter", model.Replace('\\', '/'));
        Assert.Equal(new ModelPlace(model, adapter), Find(adapter));
    }

    [Fact]
    public void The_base_is_in_the_hubs_cache_at_its_revision()
    {
        string snapshot = Model("cache/models--an-org--a-model/snapshots/0123abc");
        Directory.CreateDirectory(At("cache/models--an-org--a-model/refs"));
        File.WriteAllText(At("cache/models--an-org--a-model/refs/main"), "0123abc\n");
        string adapter = Adapter("adapter", "an-org/a-model");
        Assert.Equal(new ModelPlace(snapshot, adapter), Find(adapter));
        adapter = Adapter("adapter", "an-org/a-model", revision: "0123abc");
        Assert.Equal(new ModelPlace(snapshot, adapter), Find(adapter));
    }

    [Fact]
    public void A_pulled_adapter_looks_in_its_own_cache_first()
    {
        string snapshot = Model("other/models--an-org--a-model/snapshots/0123abc");
        Directory.CreateDirectory(At("other/models--an-org--a-model/refs"));
        File.WriteAllText(At("other/models--an-org--a-model/refs/main"), "0123abc");
        string adapter = Adapter("other/models--me--lora/snapshots/99", "an-org/a-model");
        Assert.Equal(new ModelPlace(snapshot, adapter), Find(adapter));
    }

    [Theory]
    [InlineData("an-org/a-model")]
    [InlineData("../../../etc")]
    [InlineData("a/../b")]
    [InlineData("a/b/c")]
    public void A_base_that_is_nowhere_is_named(string name)
    {
        string adapter = Adapter("adapter", name);
        string message = Assert.Throws<ModelFormatException>(() => Find(adapter)).Message;
        Assert.Contains(name, message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_that_names_no_base_says_so()
    {
        string adapter = Directory.CreateDirectory(At("adapter")).FullName;
        File.WriteAllText(Path.Combine(adapter, "adapter_config.json"), """{"peft_type": "LORA", "r": 1, "lora_alpha": 1}""");
        Assert.Contains(
            "base_model_name_or_path",
            Assert.Throws<ModelFormatException>(() => Find(adapter)).Message,
            StringComparison.Ordinal
        );
    }

    private ModelPlace Find(string folder) => ModelPlace.Find(folder, At("cache"));

    private string Model(string folder)
    {
        string path = Directory.CreateDirectory(At(folder)).FullName;
        File.WriteAllText(Path.Combine(path, "config.json"), "{}");
        return path;
    }

    private string Adapter(string folder, string name, string revision = "main")
    {
        string path = Directory.CreateDirectory(At(folder)).FullName;
        File.WriteAllText(
            Path.Combine(path, "adapter_config.json"),
            $$"""{"peft_type": "LORA", "r": 1, "lora_alpha": 1, "base_model_name_or_path": "{{name}}", "revision": "{{revision}}"}"""
        );
        return path;
    }

    private string At(string path) => Path.GetFullPath(Path.Combine(_folder.Path, path));
}
