using System.Globalization;
using System.Security.Cryptography;
using ImageToText.Contracts.Ledger;
using ImageToText.PricingService.Errors;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using ImageToText.ServiceDefaults.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Ledger;

/// <summary>
/// Moves the ledger's oldest records into files. A file is written, read back and compared before its records leave the ledger. The
/// sums that reports and the reconciliation need stay, and so do the ids, so that no record is ever charged twice.
/// </summary>
internal sealed class LedgerArchiver(Store store, IOptions<LedgerArchiveOptions> options, TimeProvider time)
{
    /// <summary>Records of this many days stay: a gateway may still correct them.</summary>
    public const int DaysKept = 62;

    /// <summary>The first day of which no record can be in an archive.</summary>
    public static DateOnly FirstDayKept(DateTimeOffset now) => DateOnly.FromDateTime(now.UtcDateTime).AddDays(-DaysKept);

    /// <summary>The requests among these whose records are in archives.</summary>
    public static async Task<IReadOnlyCollection<string>> ArchivedAsync(
        PricingDb db,
        IEnumerable<UsageRecord> records,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var first = StartOf(FirstDayKept(now));
        var old = records.Where(record => record.At < first).Select(static record => record.RequestId).ToList();
        return old.Count == 0
            ? []
            : await db
                .ArchivedRequests.Where(request => old.Contains(request.RequestId))
                .Select(static request => request.RequestId)
                .ToListAsync(cancellationToken);
    }

    /// <summary>The archives, oldest first.</summary>
    public Task<IReadOnlyList<LedgerArchiveInfo>> ListAsync(CancellationToken cancellationToken) =>
        store.ReadAsync(async db =>
            (IReadOnlyList<LedgerArchiveInfo>)
                [.. (await db.LedgerArchives.OrderBy(static archive => archive.LastSequence).ToListAsync(cancellationToken)).Select(Info)]
        );

    /// <summary>Archives the oldest records, as many as one file takes.</summary>
    /// <param name="before">The first day that stays.</param>
    /// <param name="cancellationToken">Ends the work; then nothing has left the ledger.</param>
    /// <returns>The file; null: no record is that old.</returns>
    public async Task<LedgerArchiveInfo?> ArchiveAsync(DateOnly before, CancellationToken cancellationToken)
    {
        string folder =
            options.Value.Folder
            ?? throw PricingRefusals.Conflict($"This service has no archive: set {LedgerArchiveOptions.Section}:Folder to a folder.");
        var latest = FirstDayKept(time.GetUtcNow());
        if (before > latest)
        {
            throw PricingRefusals.Invalid(
                FormattableString.Invariant(
                    $"before must be {latest:yyyy-MM-dd} or earlier, not {before:yyyy-MM-dd}: the last {DaysKept} days stay in the ledger."
                )
            );
        }

        Directory.CreateDirectory(folder);
        var written = new Totals();
        string unnamed = Path.Combine(folder, $"{Guid.NewGuid():N}.part");
        try
        {
            await using (var file = new FileStream(unnamed, FileMode.CreateNew))
            {
                await using var db = store.OpenForReading();
                await ArchiveFile.WriteAsync(file, written.CountAsync(OldestAsync(db, before)), cancellationToken);
                file.Flush(flushToDisk: true);
            }

            if (written.Records == 0)
            {
                return null;
            }

            var archive = new LedgerArchive
            {
                FirstSequence = written.First,
                LastSequence = written.Last,
                File = string.Create(CultureInfo.InvariantCulture, $"ledger-{written.First:D12}-{written.Last:D12}.jsonl.gz"),
                Sha256 = await CheckAsync(unnamed, written, cancellationToken),
                Records = written.Records,
                CostUsd = written.CostUsd,
                ChargedUsd = written.ChargedUsd,
                ArchivedAt = time.GetUtcNow(),
            };
            await RemoveAsync(archive, written, () => Publish(unnamed, Path.Combine(folder, archive.File), archive), cancellationToken);
            return Info(archive);
        }
        finally
        {
            File.Delete(unnamed);
        }
    }

    private static void Publish(string unnamed, string path, LedgerArchive archive)
    {
        // As sha256sum writes and checks it.
        WholeFile.WriteText(path + ".sha256", $"{archive.Sha256}  {archive.File}\n");
        File.Move(unnamed, path, overwrite: true);
    }

    // In order of their sequence; the database lets only a beginning of the ledger go. A record that came late is as recent as its
    // arrival.
    private async IAsyncEnumerable<ArchivedRecord> OldestAsync(PricingDb db, DateOnly before)
    {
        var midnight = StartOf(before);
        await foreach (var row in db.Ledger.OrderBy(static row => row.Sequence).Take(options.Value.RecordsPerFile).AsAsyncEnumerable())
        {
            if (row.Day >= before || row.At >= midnight || row.ReceivedAt >= midnight)
            {
                yield break;
            }

            yield return new(row.Sequence, row.ToContract().Record, row.Day, row.ChargedUsd, row.Account, row.AgainstSlice, row.ReceivedAt);
        }
    }

    private static async Task<string> CheckAsync(string path, Totals written, CancellationToken cancellationToken)
    {
        var read = new Totals();
        await using var file = File.OpenRead(path);
        await foreach (var _ in read.CountAsync(ArchiveFile.ReadAsync(file, cancellationToken)))
        {
            // Counted.
        }

        if (!read.Equal(written))
        {
            throw new IOException("The archive does not hold what was written to it: check the disk. The ledger keeps its records.");
        }

        file.Position = 0;
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }

    private Task<bool> RemoveAsync(LedgerArchive archive, Totals written, Action publish, CancellationToken cancellationToken) =>
        store.WriteAsync(
            [LedgerWriter.OneAtATime],
            async db =>
            {
                db.LedgerArchives.Add(archive);
                foreach (var (keyId, sums) in written.Keys)
                {
                    var key = await db.ArchivedKeys.FindAsync([keyId], cancellationToken);
                    if (key is null)
                    {
                        key = new() { KeyId = keyId };
                        db.ArchivedKeys.Add(key);
                    }

                    key.Delivered += sums.Delivered;
                    key.Charged += sums.Charged;
                    key.AgainstSlices += sums.AgainstSlices;
                }

                await db.SaveChangesAsync(cancellationToken);
                await db.Database.ExecuteSqlAsync(
                    $"INSERT INTO archived_requests (request_id) SELECT request_id FROM ledger WHERE sequence <= {archive.LastSequence}",
                    cancellationToken
                );
                int removed = await db.Ledger.Where(row => row.Sequence <= archive.LastSequence).ExecuteDeleteAsync(cancellationToken);
                if (removed != archive.Records)
                {
                    throw PricingRefusals.Conflict("Another replica archives the same records: try again.");
                }

                // The last step: the file has its name before its records are gone, and no other replica writes it any more.
                publish();
                return true;
            },
            cancellationToken
        );

    private static DateTimeOffset StartOf(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);

    private static LedgerArchiveInfo Info(LedgerArchive archive) =>
        new(
            archive.File,
            archive.Sha256,
            archive.FirstSequence,
            archive.LastSequence,
            archive.Records,
            archive.CostUsd,
            archive.ChargedUsd,
            archive.ArchivedAt
        );

    /// <summary>What passes by, added up.</summary>
    private sealed class Totals
    {
        public Dictionary<string, (decimal Delivered, decimal Charged, decimal AgainstSlices)> Keys { get; } = new(StringComparer.Ordinal);

        public long First { get; private set; }

        public long Last { get; private set; }

        public long Records { get; private set; }

        public decimal CostUsd { get; private set; }

        public decimal ChargedUsd { get; private set; }

        public async IAsyncEnumerable<ArchivedRecord> CountAsync(IAsyncEnumerable<ArchivedRecord> records)
        {
            await foreach (var archived in records)
            {
                First = Records == 0 ? archived.Sequence : First;
                Last = archived.Sequence;
                Records++;
                CostUsd += archived.Record.CostUsd;
                ChargedUsd += archived.ChargedUsd;
                var key = Keys.GetValueOrDefault(archived.Record.KeyId);
                Keys[archived.Record.KeyId] = (
                    key.Delivered + archived.Record.CostUsd,
                    key.Charged + archived.ChargedUsd,
                    key.AgainstSlices + (archived.AgainstSlice ? archived.ChargedUsd : 0)
                );
                yield return archived;
            }
        }

        public bool Equal(Totals other) =>
            (First, Last, Records, CostUsd, ChargedUsd) == (other.First, other.Last, other.Records, other.CostUsd, other.ChargedUsd)
            && Keys.Count == other.Keys.Count
            && Keys.All(key => other.Keys.GetValueOrDefault(key.Key) == key.Value);
    }
}
