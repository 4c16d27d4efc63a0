using System.Globalization;
using ImageToText.ServiceDefaults.Files;

namespace ImageToText.Gateway.Billing.Journal;

/// <summary>
/// The files of a journal: numbered segments, and the mark up to which they were shipped. Only one gateway may use them at a
/// time.
/// </summary>
internal sealed class JournalFolder : IAsyncDisposable
{
    private const string Extension = ".journal";

    private readonly string _directory;
    private readonly FileStream _lock;

    /// <summary>Locks the folder, and creates it if it is missing.</summary>
    /// <exception cref="IOException">Another gateway uses it, or it can't be written.</exception>
    public JournalFolder(string directory)
    {
        _directory = directory;
        Directory.CreateDirectory(directory);
        try
        {
            _lock = new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (HeldFile.Explains(exception))
        {
            throw new IOException(
                $"The usage journal in '{directory}' is in use by another gateway: give each its own Gateway:Journal:Directory.",
                exception
            );
        }
    }

    private string MarkFile => Path.Combine(_directory, "shipped");

    /// <summary>The file of a segment.</summary>
    public string PathOf(long segment) => Path.Combine(_directory, segment.ToString("D16", CultureInfo.InvariantCulture) + Extension);

    /// <summary>The numbers of the existing segments, in order.</summary>
    public List<long> Segments()
    {
        var segments = new List<long>();
        foreach (string file in Directory.EnumerateFiles(_directory, "*" + Extension))
        {
            if (long.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                segments.Add(number);
            }
        }

        segments.Sort();
        return segments;
    }

    /// <summary>The position up to which records were shipped; null: unknown.</summary>
    public JournalPosition? ReadMark() =>
        WholeFile.ReadText(MarkFile)?.Split(' ') is [var first, var second]
        && long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out long segment)
        && long.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out long offset)
            ? new JournalPosition(segment, offset)
            : null;

    /// <summary>Stores the position up to which records were shipped.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public void WriteMark(JournalPosition shipped) =>
        WholeFile.WriteText(MarkFile, string.Create(CultureInfo.InvariantCulture, $"{shipped.Segment} {shipped.Offset}"));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _lock.DisposeAsync();
}
