using System.Text;
using ImageToText.InferenceService.Hub;

namespace ImageToText.InferenceService.Tests.Hub;

/// <summary>Pulls that are refused, and what they say.</summary>
public sealed class HubRefusalTests : HubPullTests
{
    [Fact]
    public async Task An_index_that_names_a_missing_file_is_refused()
    {
        Hub.Add("config.json", """{"model_type": "blip"}""");
        Hub.Add("model.safetensors.index.json", """{"weight_map": {"t": "../../evil"}}""");
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner"));
        Assert.Equal(HubFault.Unsupported, e.Fault);
        Assert.Contains("../../evil", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_readable_weights_it_says_which_files_exist()
    {
        Hub.Add("config.json", "{}");
        Hub.AddLarge("tf_model.h5", 10);
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner"));
        Assert.Equal(HubFault.Unsupported, e.Fault);
        Assert.Contains("tf_model.h5", e.Message, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_adapter_without_its_base_model_is_reported_as_an_adapter()
    {
        Hub.Add("adapter_config.json", """{"base_model_name_or_path": "org/base"}""");
        Hub.AddLarge("adapter_model.safetensors", 10);
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner"));
        Assert.Equal(HubFault.Unsupported, e.Fault);
        Assert.Contains("adapter of another model", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_model_is_named()
    {
        Hub.AddModel();
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/other"));
        Assert.Equal(HubFault.NotFound, e.Fault);
        Assert.Contains("org/other", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_revision_is_named()
    {
        Hub.AddModel();
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner@v9"));
        Assert.Equal(HubFault.NotFound, e.Fault);
        Assert.Contains("'v9'", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, HubFault.Unauthorized, "HF_TOKEN")]
    [InlineData("hf_wrong", HubFault.Unauthorized, "refuses the token")]
    public async Task Refused_access_says_what_to_do_about_the_token(string? token, HubFault fault, string text)
    {
        Hub.AddModel();
        Hub.RequiredToken = "hf_right";
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner", o => o with { Token = token }));
        Assert.Equal(fault, e.Fault);
        Assert.Contains(text, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_wrong", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gated_model_says_where_to_accept_its_terms()
    {
        Hub.AddModel();
        Hub.Gated = true;
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner"));
        Assert.Equal(HubFault.Gated, e.Fault);
        Assert.Contains(Hub.Address + "org/captioner", e.Message, StringComparison.Ordinal);
        Assert.Contains("HF_TOKEN", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unwanted_model_is_refused_before_its_weights_are_fetched()
    {
        Hub.AddModel();
        await Assert.ThrowsAsync<NotSupportedException>(() =>
            Downloader()
                .PullAsync(
                    HubModelReference.Parse("org/captioner"),
                    model => throw new NotSupportedException(Encoding.UTF8.GetString(model.Config.Span)),
                    cancellationToken: Cancelled
                )
        );
        Assert.Empty(Hub.CdnRequests);
    }

    [Fact]
    public async Task Weights_that_are_larger_than_wanted_are_refused_before_they_are_fetched()
    {
        Hub.AddModel(weightBytes: 300_000);
        var e = await Assert.ThrowsAsync<HubException>(() =>
            Downloader().PullAsync(HubModelReference.Parse("org/captioner"), Wanted, mostBytes: 299_999, cancellationToken: Cancelled)
        );
        Assert.Equal(HubFault.Storage, e.Fault);
        Assert.Empty(Hub.CdnRequests);
        await Downloader().PullAsync(HubModelReference.Parse("org/captioner"), Wanted, mostBytes: 300_000, cancellationToken: Cancelled);
    }

    [Fact]
    public async Task Too_little_disk_space_is_reported_before_anything_large_is_fetched()
    {
        Hub.AddModel();
        var e = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/captioner", o => o with { FreeBytes = _ => 200_000 }));
        Assert.Equal(HubFault.Storage, e.Fault);
        Assert.Contains("HF_HOME", e.Message, StringComparison.Ordinal);
        Assert.Empty(Hub.CdnRequests);
    }
}
