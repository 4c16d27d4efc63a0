namespace ImageToText.Client;

/// <summary>
/// A picture to caption: its unchanged file (JPEG, PNG, GIF, WebP, BMP, TIFF or AVIF), in memory so that it can be sent again.
/// </summary>
public sealed class Picture
{
    /// <summary>Creates a picture from the bytes of its file.</summary>
    /// <param name="bytes">The file. Don't change it while a request is under way.</param>
    /// <param name="name">The file's name, which identifies it in a batch; null: none.</param>
    public Picture(ReadOnlyMemory<byte> bytes, string? name = null)
    {
        Bytes = bytes;
        Name = name;
    }

    /// <summary>The file.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The file's name; null: none.</summary>
    public string? Name { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static async Task<Picture> FromFileAsync(string path, CancellationToken cancellationToken = default) =>
        new(await File.ReadAllBytesAsync(path, cancellationToken), Path.GetFileName(path));

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">The stream. It stays open.</param>
    /// <param name="name">The file's name; null: none.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="IOException">The stream can't be read.</exception>
    public static async Task<Picture> FromStreamAsync(Stream stream, string? name = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory, cancellationToken);
        return new Picture(memory.GetBuffer().AsMemory(0, (int)memory.Length), name);
    }
}
