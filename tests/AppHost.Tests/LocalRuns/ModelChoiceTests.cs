using ImageToText.AppHost.Running;

namespace ImageToText.AppHost.Tests.LocalRuns;

public sealed class ModelChoiceTests
{
    private static readonly string Here = Path.GetTempPath();

    [Theory]
    [InlineData("")]
    [InlineData(" starter ")]
    public void The_starter_needs_no_setting(string value) => Assert.True(ModelChoice.Read(value, Here).IsStarter);

    [Fact]
    public void A_hub_name_is_recognized() =>
        Assert.True(
            ModelChoice.Read("Salesforce/blip-image-captioning-large", Here)
                is { IsOfHub: true, Id: "Salesforce/blip-image-captioning-large" }
        );

    [Theory]
    [InlineData("./my model", "my-model")]
    [InlineData("/models/blip/", "blip")]
    [InlineData("../a/b/c", "c")]
    [InlineData("nowhere", "nowhere")]
    public void Anything_else_is_a_folder_even_if_it_is_missing(string value, string id)
    {
        var choice = ModelChoice.Read(value, Here);
        Assert.Equal((id, Path.GetFullPath(value, Here)), (choice.Id, choice.Folder));
        Assert.False(choice.IsOfHub);
    }

    [Fact]
    public void A_folder_that_looks_like_a_hub_name_is_a_folder()
    {
        string folder = Directory.CreateTempSubdirectory("imagetotext-models-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "org", "name"));
        Assert.Equal(Path.Combine(folder, "org", "name"), ModelChoice.Read("org/name", folder).Folder);
        Directory.Delete(folder, recursive: true);
    }
}
