namespace ImageToText.Gateway.Billing.Journal;

/// <summary>
/// Lets all who wait for the disk at the same time wait for it once. An entry that comes alone is written at once, on the thread that
/// brings it: handing it to another thread and back would take about as long as the disk. Entries that come meanwhile, or while other
/// work wants the thread, are written together by a thread kept for that. On a single processor that thread writes all of them, because
/// other requests would find no thread until the disk is done.
/// </summary>
/// <param name="write">Writes entries, in order. Called by one thread at a time; what it throws, all of these entries' waiters get.</param>
internal sealed class GroupCommit(Action<IReadOnlyList<ReadOnlyMemory<byte>>> write) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Round _next = new();
    private Round _spare = new();
    private Thread? _writer;
    private bool _isWriting;
    private bool _isClosed;

    /// <summary>Writes an entry. Returns when it is written.</summary>
    /// <exception cref="ObjectDisposedException">No more entries are taken.</exception>
    public Task AddAsync(ReadOnlyMemory<byte> entry)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool leads;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _next.Entries.Add(entry);
            _next.Waiters.Add(written);
            leads = !_isWriting;
            _isWriting = true;
        }

        if (leads && (Environment.ProcessorCount == 1 || ThreadPool.PendingWorkItemCount > 0 || WriteRound()))
        {
            WakeWriter();
        }

        return written.Task;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        bool wasClosed;
        lock (_gate)
        {
            wasClosed = _isClosed;
            _isClosed = true;
            if (!_isWriting)
            {
                _idle.TrySetResult();
            }
        }

        await _idle.Task;
        if (!wasClosed)
        {
            _wake.Release();
            _writer?.Join();
            _wake.Dispose();
        }
    }

    /// <summary>Writes what waits.</summary>
    /// <returns>Whether more has come meanwhile, which the caller must see to.</returns>
    private bool WriteRound()
    {
        Round round;
        lock (_gate)
        {
            round = _next;
            _next = _spare;
            _spare = round;
        }

        try
        {
            write(round.Entries);
            round.Waiters.ForEach(static waiter => waiter.SetResult());
        }
        catch (Exception failure)
        {
            // Theirs to handle: each of them waits for exactly this.
            round.Waiters.ForEach(waiter => waiter.SetException(failure));
        }

        round.Entries.Clear();
        round.Waiters.Clear();
        lock (_gate)
        {
            _isWriting = _next.Entries.Count > 0;
            if (_isClosed && !_isWriting)
            {
                _idle.TrySetResult();
            }

            return _isWriting;
        }
    }

    // Called only by whoever writes, so by one thread at a time.
    private void WakeWriter()
    {
        if (_writer is null)
        {
            _writer = new Thread(WriteWhenWoken) { IsBackground = true, Name = "usage journal" };
            // Without the context of the request that happens to be first: its trace would last as long as the thread.
            _writer.UnsafeStart();
        }

        _wake.Release();
    }

    private void WriteWhenWoken()
    {
        while (true)
        {
            _wake.Wait();
            lock (_gate)
            {
                if (!_isWriting)
                {
                    return; // Woken by the end.
                }
            }

            while (WriteRound()) { }
        }
    }

    /// <summary>Entries that are written together, and those who wait for them.</summary>
    private sealed class Round
    {
        public List<ReadOnlyMemory<byte>> Entries { get; } = [];

        public List<TaskCompletionSource> Waiters { get; } = [];
    }
}
