using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace ImageToText.Gateway.Billing.Journal;

/// <summary>
/// Records that must not be lost. They are appended to numbered files, are durable when <see cref="AppendAsync"/> returns, and
/// are read back from the first one not yet marked as shipped, even after a crash. Records that wait at the same time are committed
/// together, so the disk is waited for once however many requests settle at once.
/// </summary>
internal sealed class RecordJournal : IAsyncDisposable
{
    private readonly JournalFolder _folder;
    private readonly JournalOptions _options;
    private readonly Lock _gate = new();

    // What is written, by one thread at a time.
    private readonly GroupCommit _commits;
    private readonly ArrayBufferWriter<byte> _buffer = new(16 * 1024);
    private SafeFileHandle? _file;
    private long _segment;
    private long _offset;

    private JournalPosition _durable;
    private JournalPosition _shipped;
    private JournalPosition _marked;
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RecordJournal(JournalFolder folder, JournalOptions options, JournalPosition shipped, long segment)
    {
        _folder = folder;
        _options = options;
        _shipped = shipped;
        _marked = shipped;
        _segment = segment;
        _durable = new JournalPosition(segment, 0);
        _commits = new GroupCommit(Write);
    }

    /// <summary>The end of the durable part.</summary>
    public JournalPosition Durable
    {
        get
        {
            lock (_gate)
            {
                return _durable;
            }
        }
    }

    /// <summary>The records before this position have been shipped.</summary>
    public JournalPosition Shipped
    {
        get
        {
            lock (_gate)
            {
                return _shipped;
            }
        }
    }

    /// <summary>
    /// Lines that could not be read back because the disk lost or changed them. Torn ends from a crash do not count.
    /// </summary>
    public long Unreadable { get; private set; }

    /// <summary>Opens the journal in <paramref name="directory"/>, and creates it if it is missing.</summary>
    /// <exception cref="IOException">Another gateway uses the folder, or it can't be written.</exception>
    public static RecordJournal Open(string directory, JournalOptions options)
    {
        var folder = new JournalFolder(directory);

        // A crash may have torn the last line of the last file. A new file is started, so that nothing is ever written after it.
        var segments = folder.Segments();
        long next = segments.Count == 0 ? 1 : segments[^1] + 1;
        var shipped = folder.ReadMark() ?? new JournalPosition(segments.Count == 0 ? next : segments[0], 0);

        // The mark may be older than the deletion of files. New records must not come before it.
        return new RecordJournal(folder, options, shipped, Math.Max(next, shipped.Offset > 0 ? shipped.Segment + 1 : shipped.Segment));
    }

    /// <summary>Appends a record (without line feeds). Returns when it is durable.</summary>
    /// <exception cref="IOException">The disk failed, so the record is not durable.</exception>
    public Task AppendAsync(ReadOnlyMemory<byte> payload) => _commits.AddAsync(payload);

    /// <summary>Waits until there are records after <see cref="Shipped"/>.</summary>
    public async Task WaitForRecordsAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task grown;
            lock (_gate)
            {
                if (_shipped < _durable && (_durable.Offset > 0 || _shipped.Segment < _durable.Segment))
                {
                    return;
                }

                grown = _grown.Task;
            }

            await grown.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The next records after <see cref="Shipped"/>, at most <paramref name="most"/>, and where they end.</summary>
    public Task<(List<byte[]> Records, JournalPosition End)> ReadAsync(int most, CancellationToken cancellationToken) =>
        ReadAsync(Shipped, most, cancellationToken);

    /// <summary>The next records after a position, at most <paramref name="most"/>, and where they end.</summary>
    public async Task<(List<byte[]> Records, JournalPosition End)> ReadAsync(
        JournalPosition position,
        int most,
        CancellationToken cancellationToken
    )
    {
        var durable = Durable;
        var records = new List<byte[]>();
        while (records.Count < most && position < durable)
        {
            var end = await ReadSegmentAsync(position, durable, most, records, cancellationToken);
            position = end ?? new JournalPosition(position.Segment + 1, 0);
        }

        return (records, position);
    }

    /// <summary>
    /// Marks everything before <paramref name="end"/> as shipped. It is not read again, and files that hold nothing else are
    /// deleted. Only one call at a time. The next call makes up for whatever failed, even with the same end.
    /// </summary>
    /// <exception cref="IOException">The disk failed, so the records may be read again after a restart.</exception>
    public void MarkShipped(JournalPosition end)
    {
        JournalPosition durable;
        lock (_gate)
        {
            if (end < _shipped || end <= _marked)
            {
                return;
            }

            _shipped = end;
            durable = _durable;
        }

        // First of all: on a full disk there is no room for the mark until they are gone.
        foreach (long segment in _folder.Segments())
        {
            if (segment < end.Segment && segment < durable.Segment)
            {
                File.Delete(_folder.PathOf(segment));
            }
        }

        // Losing this mark in a crash only means that the ledger receives records it already has; it stores each once.
        _folder.WriteMark(end);
        _marked = end;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _commits.DisposeAsync();
        _file?.Dispose();
        await _folder.DisposeAsync();
    }

    // Returns where reading stopped; null: the file was read to its end, and nothing more will be written to it.
    private async Task<JournalPosition?> ReadSegmentAsync(
        JournalPosition from,
        JournalPosition durable,
        int most,
        List<byte[]> records,
        CancellationToken cancellationToken
    )
    {
        bool current = from.Segment == durable.Segment;
        string path = _folder.PathOf(from.Segment);
        if (!File.Exists(path))
        {
            return current ? durable : null;
        }

        using var handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete, options: FileOptions.Asynchronous);
        long end = current ? durable.Offset : RandomAccess.GetLength(handle);
        int length = (int)Math.Min(end - from.Offset, 4 * 1024 * 1024);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Max(length, 1));
        try
        {
            int filled = 0;
            while (filled < length)
            {
                int read = await RandomAccess.ReadAsync(
                    handle,
                    buffer.AsMemory(filled, length - filled),
                    from.Offset + filled,
                    cancellationToken
                );
                if (read == 0)
                {
                    break;
                }

                filled += read;
            }

            int taken = 0;
            while (records.Count < most)
            {
                int feed = buffer.AsSpan(taken, filled - taken).IndexOf((byte)'\n');
                if (feed < 0)
                {
                    break;
                }

                if (JournalFrame.TryRead(buffer.AsSpan(taken, feed), out var payload))
                {
                    records.Add(payload.ToArray());
                }
                else
                {
                    Unreadable++;
                }

                taken += feed + 1;
            }

            var position = new JournalPosition(from.Segment, from.Offset + taken);
            bool finished = records.Count < most && (taken == 0 || position.Offset >= end);
            return finished && !current ? null : position;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Write(IReadOnlyList<ReadOnlyMemory<byte>> payloads)
    {
        _buffer.ResetWrittenCount();
        foreach (var payload in payloads)
        {
            JournalFrame.Write(_buffer, payload.Span);
        }

        try
        {
            if (_file is not null && _offset >= _options.SegmentBytes)
            {
                _file.Dispose();
                StartSegment();
            }

            _file ??= File.OpenHandle(
                _folder.PathOf(_segment),
                FileMode.CreateNew,
                FileAccess.Write,
                FileShare.ReadWrite | FileShare.Delete
            );
            RandomAccess.Write(_file, _buffer.WrittenSpan, _offset);
            if (_options.Durability == JournalDurability.Disk)
            {
                RandomAccess.FlushToDisk(_file);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Whatever a failed write left behind is unknown and must not be read back: these records were not accepted.
            Abandon(_file, _folder.PathOf(_segment), _offset);
            StartSegment();
            throw new IOException("The usage journal could not be written: " + exception.Message, exception)
            {
                HResult = exception.HResult, // It tells a full disk from a broken one.
            };
        }

        _offset += _buffer.WrittenCount;
        Commit(new JournalPosition(_segment, _offset));
    }

    private void StartSegment()
    {
        _file = null;
        _segment++;
        _offset = 0;
    }

    /// <summary>
    /// Gives up a file that could not be written. Its first <paramref name="good"/> bytes stay; if there are none, nothing does.
    /// </summary>
    /// <param name="handle">The file; null: it could not even be opened.</param>
    /// <param name="path">Its path.</param>
    /// <param name="good">The number of committed bytes.</param>
    internal static void Abandon(SafeFileHandle? handle, string path, long good)
    {
        if (handle is null)
        {
            return;
        }

        try
        {
            using (handle)
            {
                RandomAccess.SetLength(handle, good);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The disk is gone, so there is nothing left to undo.
        }

        try
        {
            if (good == 0)
            {
                File.Delete(path);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It stays as an empty file until everything after it has been shipped.
        }
    }

    private void Commit(JournalPosition end)
    {
        TaskCompletionSource grown;
        lock (_gate)
        {
            _durable = end;
            grown = _grown;
            _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        grown.SetResult();
    }
}
