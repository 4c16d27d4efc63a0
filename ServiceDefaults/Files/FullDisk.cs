namespace ImageToText.ServiceDefaults.Files;

/// <summary>Tells a full disk from other failures.</summary>
public static class FullDisk
{
    // ENOSPC and EDQUOT on Linux and macOS, ERROR_DISK_FULL on Windows.
    private static readonly int[] Full = [28, 122, 69, unchecked((int)0x80070070)];

    /// <summary>Whether a failure says that the disk, or the quota on it, is full.</summary>
    public static bool Explains(IOException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return Full.Contains(failure.HResult);
    }
}
