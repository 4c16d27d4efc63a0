namespace ImageToText.Gateway.Intake.Buckets;

/// <summary>The keys of objects in buckets.</summary>
internal static class ObjectKeys
{
    private const int Longest = 1024;

    /// <summary>
    /// Whether a key, or the beginning of one, names the same object everywhere. HTTP clients and proxies resolve '.' and '..' in
    /// paths, so such a key could lead out of what is open.
    /// </summary>
    public static bool AreSafe(string key) =>
        key.Length <= Longest
        && !key.AsSpan().ContainsAnyInRange('\0', '\u001f')
        && !key.Split('/', '\\').Any(static part => part is "." or "..");
}
