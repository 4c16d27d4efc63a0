using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ImageToText.ServiceDefaults.Redis;

/// <summary>
/// Keys of the caption cache in Redis. Values stand under their model revision, so that a revision can be purged, and below it under a
/// hash: no prompt is readable in a key.
/// </summary>
public static class CacheKeys
{
    // Models of runners that tell no revision.
    private const string NoRevision = "none";

    /// <summary>A caption by its picture file's bytes.</summary>
    public static string Caption(string? revision, string identity) => $"itt:caption:{revision ?? NoRevision}:{identity}";

    /// <summary>A caption by its picture's decoded pixels.</summary>
    public static string Pixels(string revision, string identity) => $"itt:pixels:{revision}:{identity}";

    /// <summary>The lock of whoever makes a caption.</summary>
    public static string Lock(string identity) => $"itt:lock:{identity}";

    /// <summary>Patterns of all captions of one model revision; null: of all.</summary>
    public static IReadOnlyList<string> Patterns(string? revision)
    {
        string literal = revision is null ? "*" : RedisLink.Literal(revision);
        return [$"itt:caption:{literal}:*", $"itt:pixels:{literal}:*"];
    }

    /// <summary>One hash of several texts, in base64url.</summary>
    public static string Identity(params ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (string part in parts)
        {
            // With its length before it, no text can be taken for the end of another.
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }
        return Base64Url.EncodeToString(hash.GetHashAndReset());
    }
}
