namespace ImageToText.ServiceDefaults.Files;

/// <summary>Tells a file that another process has locked from other failures. .NET has no exception of its own for it.</summary>
public static class HeldFile
{
    // EWOULDBLOCK on Linux and macOS, ERROR_SHARING_VIOLATION on Windows.
    private static readonly int[] Held = [11, 35, unchecked((int)0x80070020)];

    /// <summary>Whether a file could not be opened because another process holds it.</summary>
    public static bool Explains(IOException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return Held.Contains(failure.HResult);
    }
}
