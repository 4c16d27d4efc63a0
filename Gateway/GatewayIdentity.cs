using System.Globalization;
using ImageToText.ServiceDefaults.Files;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway;

/// <summary>The gateway's id and data folder, decided once at startup.</summary>
internal sealed class GatewayIdentity
{
    /// <summary>Decides both, and creates the folder if it is missing.</summary>
    /// <exception cref="IOException">The folder can't be created or written.</exception>
    public GatewayIdentity(IOptions<GatewayOptions> options)
    {
        DataDirectory = options.Value.DataDirectory is { Length: > 0 } configured
            ? Path.GetFullPath(configured)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "imagetotext", "gateway");
        Directory.CreateDirectory(DataDirectory);
        Id = options.Value.Id is { Length: > 0 } id ? id : Kept(Path.Combine(DataDirectory, "gateway-id"));
    }

    /// <summary>Its id at the pricing service.</summary>
    public string Id { get; }

    /// <summary>The folder for its files.</summary>
    public string DataDirectory { get; }

    private static string Kept(string file)
    {
        if (WholeFile.ReadText(file) is { } kept)
        {
            return kept;
        }

        string made = string.Create(CultureInfo.InvariantCulture, $"gateway-{Guid.CreateVersion7():N}");
        WholeFile.WriteText(file, made + "\n");
        return made;
    }
}
