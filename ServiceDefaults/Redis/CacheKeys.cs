using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ImageToText.ServiceDefaults.Redis;

/// <summary>
/// Keys of the caption cache in Redis. They begin with the model revision, so that a revision can be purged, and end with a hash,
/// so that no prompt is readable in a key.
/// </summary>
public static class CacheKeys
{
    // For models of runners that report no revision.
    private const string NoRevision = "none";

    /// <summary>The key of a caption by its picture file's bytes.</summary>
    public static string Caption(string? revision, string identity) => $"itt:caption:{revision ?? NoRevision}:{identity}";

    /// <summary>The key of a caption by its picture's decoded pixels.</summary>
    public static string Pixels(string revision, string identity) => $"itt:pixels:{revision}:{identity}";

    /// <summary>The key of the lock that is held while a caption is made.</summary>
    public static string Lock(string identity) => $"itt:lock:{identity}";

    /// <summary>Patterns for all captions of one model revision; null: of all revisions.</summary>
    public static IReadOnlyList<string> Patterns(string? revision)
    {
        string literal = revision is null ? "*" : RedisLink.Literal(revision);
        return [$"itt:caption:{literal}:*", $"itt:pixels:{literal}:*"];
    }

    /// <summary>Returns one hash of several texts, in base64url.</summary>
    public static string Identity(params ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (string part in parts)
        {
            // Each text is preceded by its length, so that no text can be mistaken for the end of another.
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }
        return Base64Url.EncodeToString(hash.GetHashAndReset());
    }
}
