using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ImageToText.Pages.Tests.Browsing;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(PagesCluster))]

namespace ImageToText.Pages.Tests.Browsing;

/// <summary>The whole service in its own process with the starter, and one browser. All tests here share them.</summary>
public sealed class PagesCluster : IAsyncLifetime
{
    private ServingProcess? _process;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The pages' address.</summary>
    public Uri Address => _process!.Address;

    /// <summary>Calls the service without a browser.</summary>
    public HttpClient Http { get; private set; } = null!;

    /// <summary>The browser. Without one, the test is skipped.</summary>
    public IBrowser Browser
    {
        get
        {
            Assert.SkipWhen(
                _browser is null,
                $"No Chromium on PATH (Debian: apt-get install chromium), and {Chromium.Variable} names none."
            );
            return _browser!;
        }
    }

    /// <summary>A sample picture.</summary>
    public static string Sample(string name) => Path.Combine(StandaloneProcess.Samples, name);

    public async ValueTask InitializeAsync()
    {
        _process = await ServingProcess.StartAsync(CancellationToken.None);
        Http = new HttpClient { BaseAddress = Address };
        // As browsers do; without it, the start page is not HTML.
        Http.DefaultRequestHeaders.Accept.ParseAdd("text/html, */*");
        if (Chromium.Program is { } program)
        {
            // As long as Visit's own timeout. On a machine that stalls for some seconds, the page is late, not wrong.
            Assertions.SetDefaultExpectTimeout(60_000);
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = Chromium.Arguments });
        }
    }

    /// <summary>Creates an API key, as an operator would.</summary>
    /// <param name="settings">Its settings as JSON.</param>
    /// <returns>Its secret.</returns>
    public async Task<string> MakeKeyAsync(string settings)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/pricing/keys")
        {
            Content = new StringContent(settings, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await _process!.OperatorTokenAsync(CancellationToken.None));
        using var answer = await Http.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        using var json = JsonDocument.Parse(text);
        return json.RootElement.GetProperty("secret").GetString()!;
    }

    /// <summary>A program that calls with a key.</summary>
    public HttpClient Caller(string secret) => new() { BaseAddress = Address, DefaultRequestHeaders = { { "x-api-key", secret } } };

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        Http?.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }
}
