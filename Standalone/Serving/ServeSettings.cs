using System.Net;
using ImageToText.Captioning;
using ImageToText.Standalone.Models;

namespace ImageToText.Standalone.Serving;

/// <summary>The settings of one run of 'serve'.</summary>
internal sealed record ServeSettings
{
    public const int DefaultPort = 8080;

    public const string DefaultHost = "127.0.0.1";

    /// <summary>An IP address, localhost, or * for all.</summary>
    public string Host { get; init; } = DefaultHost;

    /// <summary>0: any free port.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>The first one answers requests that name none; empty: only the starter.</summary>
    public IReadOnlyList<LocatedModel> Models { get; init; } = [];

    /// <summary>The folder for what outlives a run; null: the user's default.</summary>
    public string? DataFolder { get; init; }

    /// <summary>The full path of a JSON file with more settings; null: none.</summary>
    public string? SettingsFile { get; init; }

    public Precision Precision { get; init; } = Precision.F32;

    public ProviderChoice Provider { get; init; } = ProviderChoice.Auto;

    public bool IsLoopback => Host == "localhost" || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    // The server takes every other name for "all addresses". That must be asked for, not slipped into.
    public static bool IsHost(string host) => host is "localhost" or "*" || IPAddress.TryParse(host, out _);

    public string Url =>
        IPAddress.TryParse(Host, out var address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            ? $"http://[{Host}]:{Port}"
            : $"http://{Host}:{Port}";
}
