using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace ImageToText.Standalone.Tests.Operators;

/// <summary>A 'serve' process shared by all tests of a class or a collection.</summary>
public sealed class RunningService : IAsyncLifetime
{
    private ServingProcess? _process;

    /// <summary>Its data folder.</summary>
    public string Data => _process!.Data;

    /// <summary>Its address.</summary>
    public Uri Address => _process!.Address;

    /// <summary>Its current physical memory, in bytes.</summary>
    public long Memory() => _process!.Memory();

    /// <summary>Its stored operator token.</summary>
    public Task<string> OperatorTokenAsync(CancellationToken cancellationToken) => _process!.OperatorTokenAsync(cancellationToken);

    public async ValueTask InitializeAsync() => _process = await ServingProcess.StartAsync(CancellationToken.None);

    /// <summary>Runs a command on the same machine.</summary>
    internal Task<ProcessResult> RunAsync(params string[] arguments) =>
        RunAsync(new Dictionary<string, string>(), [.. arguments, "--data", Data]);

    /// <summary>Runs a command without the data folder.</summary>
    internal static async Task<ProcessResult> RunAsync(Dictionary<string, string> variables, params string[] arguments)
    {
        using var terminal = new TestTerminal(variables: variables);
        int code = await new StandaloneCommandLine(Engine.Real, terminal.Terminal).RunAsync(arguments);
        return new ProcessResult(code, terminal.Out + terminal.OutBytes, terminal.Error);
    }

    /// <summary>Finds a key by its name, as 'keys list' shows it.</summary>
    internal async Task<JsonElement> KeyAsync(string name)
    {
        foreach (string line in (await RunAsync("keys", "list", "--json")).OutLines)
        {
            using var key = JsonDocument.Parse(line);
            if (key.RootElement.GetProperty("settings").GetProperty("name").GetString() == name)
            {
                return key.RootElement.Clone();
            }
        }

        throw new InvalidOperationException($"No key is named {name}.");
    }

    /// <summary>
    /// Waits until a request with a key is answered with a status: changes take effect within two seconds. Each request is for a new
    /// caption, because a cached one is free and needs no budget.
    /// </summary>
    internal async Task AnswersAsync(HttpStatusCode status, string secret)
    {
        int asked = 0;
        await Eventually.HoldsAsync(async () => await CaptionAsync(secret, $"{status} {asked++}") == status);
    }

    /// <summary>Requests a caption.</summary>
    internal async Task<HttpStatusCode> CaptionAsync(string secret, string prompt = "")
    {
        using var http = new HttpClient { BaseAddress = Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        using var answer = await http.PostAsync(
            "image-to-text",
            Pictures.Form(Pictures.Png(512, 512), ("prompt", prompt)),
            TestContext.Current.CancellationToken
        );
        return answer.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }
}

/// <summary>The tests of the operator's commands share a service, one after the other.</summary>
[CollectionDefinition(nameof(OperatedService))]
public sealed class OperatedService : ICollectionFixture<RunningService>;
