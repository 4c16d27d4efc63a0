using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace ImageToText.Contracts.Ledger;

/// <summary>Reads and writes the lines of an archive: JSON, one record a line, compressed with gzip.</summary>
public static class ArchiveFile
{
    /// <summary>Writes records.</summary>
    /// <param name="destination">Where to; it stays open.</param>
    /// <param name="records">The records, in order.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    public static async Task WriteAsync(
        Stream destination,
        IAsyncEnumerable<ArchivedRecord> records,
        CancellationToken cancellationToken = default
    )
    {
        await using var compressed = new GZipStream(destination, CompressionLevel.Optimal, leaveOpen: true);
        await foreach (var record in records.WithCancellation(cancellationToken))
        {
            await JsonSerializer.SerializeAsync(compressed, record, ContractsJson.Default.ArchivedRecord, cancellationToken);
            compressed.WriteByte((byte)'\n');
        }
    }

    /// <summary>Reads records, one by one.</summary>
    /// <param name="source">The archive.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="InvalidDataException">It is no archive, or a damaged one.</exception>
    public static async IAsyncEnumerable<ArchivedRecord> ReadAsync(
        Stream source,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        await using var plain = new GZipStream(source, CompressionMode.Decompress, leaveOpen: true);
        using var lines = new StreamReader(plain);
        for (long line = 1; await lines.ReadLineAsync(cancellationToken) is { } text; line++)
        {
            yield return Parse(text, line);
        }
    }

    private static ArchivedRecord Parse(string text, long line)
    {
        try
        {
            return JsonSerializer.Deserialize(text, ContractsJson.Default.ArchivedRecord)
                ?? throw new InvalidDataException($"Line {line} of the archive is null.");
        }
        catch (JsonException bad)
        {
            throw new InvalidDataException($"Line {line} of the archive is not a record: {bad.Message}", bad);
        }
    }
}
