using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Tests.ErrorCodes;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Tests.Intake;

/// <summary>Pictures that requests give by web address, on every route that takes one.</summary>
public sealed class RemotePictureTests
{
    private static readonly byte[] Square = Pictures.Png(64, 64);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData("localhost")]
    public async Task An_address_is_fetched_only_from_allowed_hosts_and_public_addresses(string? allowed)
    {
        await using var cluster = await TestCluster.BuildAsync(
            1,
            1,
            allowed is null ? [] : ["Gateway:RemotePictures:AllowedHosts:0=" + allowed]
        );
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        foreach (var (name, path, content) in Requests($"http://localhost:{cluster.Nodes[0].Address.Port}/health"))
        {
            using var refused = await http.PostAsync(path, content, Cancelled);
            string text = await refused.Content.ReadAsStringAsync(Cancelled);
            var told = ToldError.InAnswer(text);
            Assert.True(name == "batch" || refused.StatusCode == HttpStatusCode.BadRequest, $"{name}: {text}");
            Assert.Equal("invalid_request", told.Code);
            Assert.Contains(allowed is null ? "from this host" : "can't be reached", told.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_allowed_address_is_captioned_on_every_route()
    {
        await using var cluster = await TestCluster.BuildAsync(1, gateways: 0);
        using var web = new OnePicture();
        await cluster.AddGatewayAsync(
            services =>
                services.AddSingleton(provider => new RemotePictureReader(
                    provider.GetRequiredService<PictureIntake>(),
                    provider.GetRequiredService<IOptions<RemotePictureOptions>>(),
                    TimeProvider.System,
                    web
                )),
            "Gateway:RemotePictures:AllowedHosts:0=*.example.org"
        );
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        int asked = 0;
        foreach (var (name, path, content) in Requests("https://pictures.example.org/cat.png?size=large"))
        {
            using var answer = await http.PostAsync(path, content, Cancelled);
            string text = await answer.Content.ReadAsStringAsync(Cancelled);
            Assert.True(answer.IsSuccessStatusCode && text.Contains("a picture", StringComparison.Ordinal), $"{name}: {text}");
            Assert.Equal(++asked, web.Asked);
        }

        Assert.Equal(0, cluster.Service<PictureIntake>().Room.Held);
    }

    private static IEnumerable<(string Name, string Path, HttpContent Content)> Requests(string address)
    {
        yield return ("form", "/image-to-text", new MultipartFormDataContent { { new StringContent(address), "image" } });
        yield return ("batch", "/image-to-text/batch", new MultipartFormDataContent { { new StringContent(address), "images" } });
        yield return ("json", "/image-to-text", JsonContent.Create(new JsonObject { ["image"] = address }));
        yield return ("hub", "/models/" + PricingHost.Model, JsonContent.Create(new JsonObject { ["inputs"] = address }));
        var part = new JsonObject
        {
            ["type"] = "image_url",
            ["image_url"] = new JsonObject { ["url"] = address },
        };
        var message = new JsonObject { ["role"] = "user", ["content"] = new JsonArray(part) };
        yield return ("chat", "/v1/chat/completions", JsonContent.Create(new JsonObject { ["messages"] = new JsonArray(message) }));
    }

    private sealed class OnePicture : HttpMessageHandler
    {
        public int Asked { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked++;
            return Task.FromResult(new HttpResponseMessage { Content = new ByteArrayContent(Square) });
        }
    }
}
