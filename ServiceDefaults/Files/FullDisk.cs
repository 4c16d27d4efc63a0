namespace ImageToText.ServiceDefaults.Files;

/// <summary>Tells a full disk from other failures.</summary>
public static class FullDisk
{
    // ENOSPC, and EDQUOT on Linux and macOS; on Windows ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL and ERROR_DISK_QUOTA_EXCEEDED.
    private static readonly int[] Full = [28, 122, 69, unchecked((int)0x80070070), unchecked((int)0x80070027), unchecked((int)0x8007050F)];

    /// <summary>Whether a failure says that the disk, or the quota on it, is full.</summary>
    public static bool Explains(IOException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return Full.Contains(failure.HResult);
    }
}
