using System.CommandLine;
using ImageToText.Bench.Load;

namespace ImageToText.Bench.Stack;

/// <summary>The whole service in its own process and data folder, with a client.</summary>
internal sealed class StackService : IAsyncDisposable
{
    private static readonly Lazy<byte[]> FirstPicture = new(static () => new LoadPictures(seed: 0).Make(1)[0]);

    private readonly DirectoryInfo _data;

    private StackService(DirectoryInfo data, ServiceProcess process, CaptionClient client)
    {
        _data = data;
        Process = process;
        Client = client;
    }

    public ServiceProcess Process { get; }

    public CaptionClient Client { get; }

    /// <summary>Prepares what the first caption needs, so that it does not count towards the start.</summary>
    public static void Prepare() => _ = FirstPicture.Value;

    /// <summary>Starts it and waits for the first caption.</summary>
    public static async Task<StackService> StartAsync(
        StackOptions options,
        ParseResult parsed,
        IEnumerable<KeyValuePair<string, string>> settings,
        CancellationToken cancellationToken,
        DirectoryInfo? tool = null
    )
    {
        byte[] picture = FirstPicture.Value;
        var data = Directory.CreateTempSubdirectory("imagetotext-bench-");
        var environment = settings.ToDictionary(
            static setting => setting.Key.Replace(":", "__", StringComparison.Ordinal),
            static setting => setting.Value
        );
        var process = await options.StartAsync(parsed, data.FullName, environment, tool);
        var fields = options.Fields(parsed);
        using (var first = new CaptionClient(process.Address, fields))
        {
            await Eventually.HoldsAsync(async () => await first.CaptionAsync(picture, cancellationToken) == Outcome.Answered, seconds: 60);
        }

        return new StackService(data, process, new CaptionClient(process.Address, fields));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Process.KillAsync();
        Process.Dispose();
        _data.Delete(recursive: true);
    }
}
