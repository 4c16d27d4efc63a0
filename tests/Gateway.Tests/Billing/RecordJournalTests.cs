using System.ComponentModel.DataAnnotations;
using System.Text;
using ImageToText.Gateway.Billing.Journal;

namespace ImageToText.Gateway.Tests.Billing;

public sealed class RecordJournalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("journal-tests-").FullName;
    private readonly JournalOptions _options = new() { SegmentBytes = 4096 };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Records_are_read_back_in_order_across_files_and_shipped_files_are_deleted()
    {
        await using var journal = RecordJournal.Open(_folder, _options);
        for (int i = 0; i < 500; i++)
        {
            await journal.AppendAsync(Record(i));
        }

        Assert.True(Files().Length > 5);
        Assert.Equal(Enumerable.Range(0, 500), await ShipAllAsync(journal, 7));
        Assert.Single(Files());
        Assert.Equal(journal.Durable, journal.Shipped);
    }

    [Fact]
    public async Task Records_appended_concurrently_are_each_stored_once()
    {
        await using var journal = RecordJournal.Open(_folder, _options);
        await Task.WhenAll(Enumerable.Range(0, 5000).Select(i => Task.Run(() => journal.AppendAsync(Record(i)), Cancelled)));
        Assert.Equal(Enumerable.Range(0, 5000), (await ShipAllAsync(journal, 500)).Order());
    }

    [Fact]
    public async Task Only_unshipped_records_return_after_a_restart()
    {
        await using (var journal = RecordJournal.Open(_folder, _options))
        {
            for (int i = 0; i < 100; i++)
            {
                await journal.AppendAsync(Record(i));
            }

            var (records, end) = await journal.ReadAsync(40, Cancelled);
            Assert.Equal(40, records.Count);
            journal.MarkShipped(end);
        }

        await using var again = RecordJournal.Open(_folder, _options);
        await again.AppendAsync(Record(100));
        Assert.Equal(Enumerable.Range(40, 61), await ShipAllAsync(again, 9));
    }

    [Fact]
    public async Task A_line_torn_by_a_crash_is_skipped_wherever_it_was_torn()
    {
        await using (var journal = RecordJournal.Open(_folder, new JournalOptions()))
        {
            await journal.AppendAsync(Record(1));
            await journal.AppendAsync(Record(2));
        }

        string file = Assert.Single(Files());
        byte[] whole = await File.ReadAllBytesAsync(file, Cancelled);
        int first = Array.IndexOf(whole, (byte)'\n') + 1;
        for (int length = first; length < whole.Length; length++)
        {
            foreach (string left in Files())
            {
                File.Delete(left);
            }

            await File.WriteAllBytesAsync(file, whole[..length], Cancelled);
            await using var journal = RecordJournal.Open(_folder, new JournalOptions());
            await journal.AppendAsync(Record(3));
            var (records, _) = await ReadAllAsync(journal);
            Assert.Equal([1, 3], records);
        }
    }

    [Fact]
    public async Task A_corrupted_line_is_counted_and_never_read_as_a_record()
    {
        await using (var journal = RecordJournal.Open(_folder, new JournalOptions()))
        {
            await journal.AppendAsync(Record(1));
            await journal.AppendAsync(Record(2));
        }

        string file = Assert.Single(Files());
        byte[] bytes = await File.ReadAllBytesAsync(file, Cancelled);
        bytes[12] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Cancelled);
        await using var again = RecordJournal.Open(_folder, new JournalOptions());
        Assert.Equal([2], (await ReadAllAsync(again)).Records);
        Assert.Equal(1, again.Unreadable);
    }

    [Fact]
    public async Task Two_gateways_cannot_share_a_folder()
    {
        await using var journal = RecordJournal.Open(_folder, _options);
        Assert.Contains(
            "Gateway:Journal:Directory",
            Assert.Throws<IOException>(() => RecordJournal.Open(_folder, _options)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_folder_that_can_not_be_used_is_not_said_to_be_another_gateways()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        // This prevents the lock from being opened, as a full or read-only disk would.
        File.CreateSymbolicLink(Path.Combine(_folder, "lock"), "lock");
        var failure = Assert.Throws<IOException>(() => RecordJournal.Open(_folder, _options));
        Assert.DoesNotContain("another gateway", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shipped_files_are_deleted_even_if_the_mark_can_only_be_written_later()
    {
        await using (var journal = RecordJournal.Open(_folder, _options))
        {
            for (int i = 0; i < 200; i++)
            {
                await journal.AppendAsync(Record(i));
            }

            // This prevents the mark from being written, as a full disk would.
            var inTheWay = Directory.CreateDirectory(Path.Combine(_folder, "shipped.new"));
            var (_, end) = await journal.ReadAsync(1000, Cancelled);
            Assert.Throws<UnauthorizedAccessException>(() => journal.MarkShipped(end));
            Assert.Single(Files());
            inTheWay.Delete();
            journal.MarkShipped(end);
        }

        await using var again = RecordJournal.Open(_folder, _options);
        Assert.Empty((await ReadAllAsync(again)).Records);
    }

    [Fact]
    public async Task New_records_do_not_count_as_shipped_when_files_are_gone_and_the_mark_is_old()
    {
        for (int life = 0; life < 2; life++)
        {
            await using var journal = RecordJournal.Open(_folder, _options);
            await journal.AppendAsync(Record(life));
            Assert.Equal([life], await ShipAllAsync(journal, 1));
            foreach (string file in Files())
            {
                File.Delete(file);
            }
        }
    }

    [Theory]
    [InlineData(1000, true)]
    [InlineData(1001, false)]
    public void A_batch_may_not_exceed_what_the_pricing_service_accepts(int records, bool valid)
    {
        var options = new JournalOptions { BatchRecords = records };
        Assert.Equal(valid, Validator.TryValidateObject(options, new ValidationContext(options), null, validateAllProperties: true));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_failed_write_keeps_only_the_committed_part_of_a_file(int good)
    {
        string file = Path.Combine(_folder, "1.journal");
        var handle = File.OpenHandle(file, FileMode.CreateNew, FileAccess.Write);
        RandomAccess.Write(handle, "abcdef"u8, 0);
        RecordJournal.Abandon(handle, file, good);
        Assert.Equal(good == 0 ? [] : ["abc"], Files().Select(File.ReadAllText));
    }

    private static byte[] Record(int number) => Encoding.UTF8.GetBytes($"{{\"n\":{number:D6},\"padding\":\"{new string('x', 50)}\"}}");

    private static int Number(byte[] record) =>
        int.Parse(Encoding.UTF8.GetString(record, 5, 6), System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<(List<int> Records, JournalPosition End)> ReadAllAsync(RecordJournal journal)
    {
        var (records, end) = await journal.ReadAsync(1000, Cancelled);
        return (records.ConvertAll(Number), end);
    }

    private static async Task<List<int>> ShipAllAsync(RecordJournal journal, int batch)
    {
        var all = new List<int>();
        while (journal.Shipped < journal.Durable)
        {
            var (records, end) = await journal.ReadAsync(batch, Cancelled);
            all.AddRange(records.ConvertAll(Number));
            journal.MarkShipped(end);
        }

        return all;
    }

    private string[] Files() => Directory.GetFiles(_folder, "*.journal");
}
