using ImageToText.Captioning;

namespace ImageToText.InferenceService.Hub;

/// <summary>Where models are downloaded from and stored. The variables are those of Hugging Face's own tools.</summary>
public sealed record HubOptions
{
    /// <summary>The hub's address (HF_ENDPOINT).</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>The access token (HF_TOKEN, or the file that `hf auth login` writes); null: anonymous.</summary>
    public string? Token { get; init; }

    /// <summary>The hub cache shared with other tools (HF_HUB_CACHE, or HF_HOME/hub).</summary>
    public required string CacheFolder { get; init; }

    /// <summary>
    /// Whether snapshots are made of links to blobs (HF_HUB_DISABLE_SYMLINKS: no). If the system refuses links, files are moved.
    /// </summary>
    public bool UseSymlinks { get; init; } = true;

    /// <summary>Never use the network (HF_HUB_OFFLINE).</summary>
    public bool Offline { get; init; }

    /// <summary>How many files to download in parallel.</summary>
    public int MaxParallelDownloads { get; init; } = 4;

    /// <summary>How many attempts may follow one that brought nothing new.</summary>
    public int MaxRetries { get; init; } = 5;

    /// <summary>The wait before the first retry, doubled each time. A Retry-After from the hub takes precedence.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A connection that brings nothing for this long is closed and resumed.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Returns the free bytes on the drive of a folder.</summary>
    internal Func<string, long> FreeBytes { get; init; } = folder => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>Whether an address is the hub's own, which alone is sent the token.</summary>
    internal bool IsHome(Uri uri) => uri.Scheme == Endpoint.Scheme && uri.Host == Endpoint.Host && uri.Port == Endpoint.Port;

    /// <summary>Reads the environment.</summary>
    /// <exception cref="HubException">A variable's value is invalid; the message names it.</exception>
    public static HubOptions FromEnvironment() => FromEnvironment(Environment.GetEnvironmentVariable);

    /// <summary>Reads variables with <paramref name="variable"/>, where null means not set.</summary>
    /// <exception cref="HubException">A variable's value is invalid; the message names it.</exception>
    public static HubOptions FromEnvironment(Func<string, string?> variable)
    {
        string? Get(string name) => variable(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

        string endpoint = Get("HF_ENDPOINT") ?? "https://huggingface.co";
        if (!Uri.TryCreate(endpoint.TrimEnd('/') + "/", UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new HubException(HubFault.Configuration, $"HF_ENDPOINT is '{endpoint}': it must be an http or https address.");
        }

        return new HubOptions
        {
            Endpoint = uri,
            Token =
                Get("HF_TOKEN")
                ?? Get("HUGGING_FACE_HUB_TOKEN")
                ?? ReadToken(HuggingFaceCache.Expand(Get("HF_TOKEN_PATH") ?? Path.Combine(HuggingFaceCache.FindHome(variable), "token"))),
            CacheFolder = HuggingFaceCache.FindFolder(variable),
            UseSymlinks = !IsTrue(Get("HF_HUB_DISABLE_SYMLINKS")),
            Offline = IsTrue(Get("HF_HUB_OFFLINE") ?? Get("TRANSFORMERS_OFFLINE")),
        };
    }

    private static bool IsTrue(string? value) => value?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    private static string? ReadToken(string path)
    {
        try
        {
            return File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HubException(HubFault.Configuration, $"The token file {path} can't be read: {e.Message}", e);
        }
    }
}
