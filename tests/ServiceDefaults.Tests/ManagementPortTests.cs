using System.Net;
using ImageToText.ServiceDefaults.Management;
using ImageToText.ServiceDefaults.Startup;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Options;

namespace ImageToText.ServiceDefaults.Tests;

/// <summary>Health and metrics on their own port.</summary>
public sealed class ManagementPortTests : IAsyncDisposable
{
    private static readonly string[] Managed = ["/health", "/alive", "/metrics"];

    private readonly HttpClient _http = new();
    private WebApplication? _app;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Health_and_metrics_are_only_on_the_management_port()
    {
        int port = LoopbackPort.Free();
        var callers = await StartAsync(("ServiceDefaults:ManagementPort", $"{port}"));
        var managers = new UriBuilder(callers) { Port = port }.Uri;

        foreach (string path in Managed)
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(managers, path));
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(callers, path));
            // A caller that claims to have used the other port.
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(callers, path, host: $"127.0.0.1:{port}"));
        }

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(callers, "/work"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(managers, "/work"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Without_a_management_port_they_share_the_callers_port(string? port)
    {
        var callers = await StartAsync(("ServiceDefaults:ManagementPort", port));

        foreach (string path in Managed)
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(callers, path));
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    public async Task An_invalid_port_is_refused_by_name(string port)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(("ServiceDefaults:ManagementPort", port)));
        Assert.Contains($"ServiceDefaults:ManagementPort is {port}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_callers_port_is_refused_by_name()
    {
        int port = LoopbackPort.Free();
        var refused = await Assert.ThrowsAsync<ServiceStartException>(() =>
            StartAsync($"http://127.0.0.1:{port}", ("ServiceDefaults:ManagementPort", $"{port}"))
        );
        Assert.Contains($"ServiceDefaults:ManagementPort is {port}", refused.Message, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    private Task<Uri> StartAsync((string, string?) setting) => StartAsync("http://127.0.0.1:0", setting);

    private async Task<Uri> StartAsync(string url, (string, string?) setting)
    {
        var builder = TestService.Builder(setting);
        builder.WebHost.UseUrls(url);
        builder.AddManagementPort();
        _app = builder.Build();
        _app.MapDefaultEndpoints();
        _app.MapGet("/work", () => "done");
        await _app.StartAsync(Cancel);
        return new Uri(_app.Urls.First());
    }

    private async Task<HttpStatusCode> StatusAsync(Uri address, string path, string? host = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, path)) { Headers = { Host = host } };
        using var answer = await _http.SendAsync(request, Cancel);
        return answer.StatusCode;
    }
}
