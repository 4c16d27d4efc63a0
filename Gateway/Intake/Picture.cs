using ImageToText.ImageHeaders;

namespace ImageToText.Gateway.Intake;

/// <summary>
/// One picture of a request: its bytes as received, their hash, and the contents of its header. Nothing is decoded.
/// </summary>
/// <param name="bytes">The file's bytes.</param>
/// <param name="sha256">Their hash; null: it is not known yet.</param>
/// <param name="header">Format and size.</param>
/// <param name="name">The file's name, if it was given.</param>
internal sealed class Picture(PooledBytes bytes, string? sha256, ImageHeader header, string? name) : IDisposable
{
    private string? _sha256 = sha256;

    /// <summary>The file's bytes.</summary>
    public PooledBytes Bytes { get; } = bytes;

    /// <summary>SHA-256 of the bytes, lower-case hexadecimal.</summary>
    public string Sha256 => _sha256 ??= Bytes.Sha256();

    /// <summary>Format and size.</summary>
    public ImageHeader Header { get; } = header;

    /// <summary>The file's name, if it was given; batches return it.</summary>
    public string? Name { get; } = name;

    /// <summary>The pixels by which the caption is priced.</summary>
    public long Pixels => Header.Pixels;

    /// <inheritdoc/>
    public void Dispose() => Bytes.Dispose();
}
