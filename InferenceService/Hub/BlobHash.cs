using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace ImageToText.InferenceService.Hub;

/// <summary>
/// The hash by which the hub identifies a file: SHA-256 for large files; for small ones git's blob id, which is the SHA-1 of
/// "blob SIZE\0" and the contents.
/// </summary>
internal sealed class BlobHash : IDisposable
{
    private readonly IncrementalHash _hash;
    private readonly byte[] _prefix;

    public BlobHash(string expected, long size)
    {
        Expected = expected;
        bool git = expected.Length == 40;
        _hash = IncrementalHash.CreateHash(git ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
        _prefix = git ? Encoding.ASCII.GetBytes($"blob {size}\0") : [];
        _hash.AppendData(_prefix);
    }

    public string Expected { get; }

    public string Name => Expected.Length == 40 ? "git blob id" : "SHA-256";

    public static bool IsHash([NotNullWhen(true)] string? text) => text is { Length: 40 or 64 } && text.All(char.IsAsciiHexDigitLower);

    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    public void Restart()
    {
        _ = _hash.GetHashAndReset();
        _hash.AppendData(_prefix);
    }

    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}
