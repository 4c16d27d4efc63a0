using ImageToText.InferenceService.Hub;

namespace ImageToText.InferenceService.Tests.Hub;

public sealed class HubOptionsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hub-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Without_settings_the_public_hub_and_the_users_cache_are_used()
    {
        var options = From([]);
        Assert.Equal("https://huggingface.co/", options.Endpoint.ToString());
        Assert.EndsWith(Path.Combine(".cache", "huggingface", "hub"), options.CacheFolder, StringComparison.Ordinal);
        Assert.False(options.Offline);
        Assert.True(options.UseSymlinks);
    }

    [Fact]
    public void The_variables_of_Hugging_Faces_tools_are_honoured()
    {
        var options = From(
            new()
            {
                ["HF_ENDPOINT"] = "https://mirror.example/hub",
                ["HF_HOME"] = _folder,
                ["HF_TOKEN"] = " hf_abc\n",
                ["HF_HUB_OFFLINE"] = "1",
                ["HF_HUB_DISABLE_SYMLINKS"] = "true",
            }
        );
        Assert.Equal("https://mirror.example/hub/", options.Endpoint.ToString());
        Assert.Equal(Path.Combine(_folder, "hub"), options.CacheFolder);
        Assert.Equal("hf_abc", options.Token);
        Assert.True(options.Offline);
        Assert.False(options.UseSymlinks);
    }

    [Fact]
    public void The_token_file_is_read_if_no_variable_has_a_token()
    {
        File.WriteAllText(Path.Combine(_folder, "token"), "hf_file\n");
        Assert.Equal("hf_file", From(new() { ["HF_HOME"] = _folder }).Token);
        Assert.Equal("hf_env", From(new() { ["HF_HOME"] = _folder, ["HF_TOKEN"] = "hf_env" }).Token);
        Assert.Null(From(new() { ["HF_HOME"] = _folder, ["HF_TOKEN_PATH"] = Path.Combine(_folder, "none") }).Token);
    }

    [Fact]
    public void A_wrong_endpoint_is_named()
    {
        var e = Assert.Throws<HubException>(() => From(new() { ["HF_ENDPOINT"] = "huggingface" }));
        Assert.Contains("HF_ENDPOINT", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Salesforce/blip-image-captioning-base", "Salesforce/blip-image-captioning-base", "main")]
    [InlineData("a/b@v1.0", "a/b", "v1.0")]
    [InlineData("a/b@refs/pr/3", "a/b", "refs/pr/3")]
    public void Names_are_parsed(string text, string id, string revision)
    {
        Assert.Equal(new HubModelReference(id, revision), HubModelReference.Parse(text));
        Assert.Equal(text, HubModelReference.Parse(text).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("name")]
    [InlineData("a/b/c")]
    [InlineData("../b")]
    [InlineData("a/..")]
    [InlineData("a/b@../../x")]
    [InlineData("a/b@/x")]
    [InlineData("a/b@x\n")]
    [InlineData("a--b/c")]
    [InlineData("a\\b/c")]
    public void Invalid_names_are_refused(string text) => Assert.False(HubModelReference.TryParse(text, out _));

    private static HubOptions From(Dictionary<string, string> variables) => HubOptions.FromEnvironment(variables.GetValueOrDefault);
}
