using ImageToText.Captioning;

namespace ImageToText.Standalone.Mcp;

/// <summary>What 'mcp' was told.</summary>
internal sealed record McpSettings
{
    /// <summary>The model's name or folder.</summary>
    public string? Model { get; init; }

    public Precision Precision { get; init; }

    public ProviderChoice Provider { get; init; }

    /// <summary>The folders whose pictures may be read, with what is below them; none: all that the user can read.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>Hosts from which pictures may be fetched; none: no web addresses.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];
}
