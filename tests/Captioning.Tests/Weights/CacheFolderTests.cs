using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Tests.Weights;

/// <summary>A folder for derived weights that can't be written.</summary>
public sealed class CacheFolderTests
{
    [Fact]
    public void The_folder_and_the_setting_that_names_another_are_told()
    {
        using var folder = new TemporaryFolder();
        // A file stands where the folder has to go, as nothing can be made on a read-only disk.
        string taken = Path.Combine(folder.Path, "cache");
        File.WriteAllText(taken, "");
        string path = Path.Combine(taken, "int8", "model.safetensors");

        var refused = Assert.Throws<ModelFormatException>(() =>
            CachedSafetensors.GetOrCreate(path, "eight-bit weights", static _ => { }, TestContext.Current.CancellationToken)
        );

        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        Assert.Contains("Inference:CacheFolder", refused.Message, StringComparison.Ordinal);
    }
}
