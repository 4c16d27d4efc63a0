using System.Collections.Concurrent;
using ImageToText.Captioning.Execution;

namespace ImageToText.Captioning.Scheduling;

/// <summary>
/// Runs one model's batch on its own thread. Only that thread touches the model; others send it messages. Between two steps at
/// most one picture is encoded, or several in one run, so the others are delayed by one run, never by several. Requests that yield
/// join when no other waits, leave half of the batch to the others, mostly stand still while one of those runs, and seldom interrupt it.
/// </summary>
internal sealed class CaptionScheduler : IDisposable
{
    private readonly RunningBatch _batch;
    private readonly BlockingCollection<CaptionJob> _inbox = [];
    private readonly Queue<CaptionJob> _waiting = new();
    private readonly Queue<CaptionJob> _yielding = new();
    private readonly LentTime _lent;
    private readonly TimeProvider _clock;
    private readonly List<CaptionJob> _joining = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private bool _isCrowded;
    private int _running;
    private int _rows;

    /// <summary>Starts the thread.</summary>
    public CaptionScheduler(IBatchModel model, string name, TimeProvider clock)
    {
        _batch = new RunningBatch(model, clock);
        _lent = new LentTime(clock);
        _clock = clock;
        _thread = new Thread(Run) { IsBackground = true, Name = $"captions {name}" };
        _thread.Start();
    }

    /// <summary>Requests in the running batch.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Rows of the running batch.</summary>
    public int Rows => Volatile.Read(ref _rows);

    /// <summary>Raised on the scheduler's thread when a request leaves the queue, whatever its outcome.</summary>
    public required Action<CaptionJob> LeftQueue { private get; init; }

    /// <summary>Submits a request. It ends through <see cref="CaptionJob.Completion"/>.</summary>
    public void Submit(CaptionJob job)
    {
        try
        {
            _inbox.Add(job, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            LeftQueue(job);
            job.Fail(Stopped());
        }
    }

    /// <summary>Ends everything that waits or runs with an error, and waits for the thread.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _inbox.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                TakeMessages();
                TakeTurn();
                Volatile.Write(ref _running, _batch.Count);
                Volatile.Write(ref _rows, _batch.Rows);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            FailEverything();
        }
    }

    // Whatever fails (a run of the model, moving rows) ends the requests involved, and never the thread.
    private void TakeTurn()
    {
        try
        {
            DropCancelled();
            JoinNext();
            if (_batch.Count > 0)
            {
                _batch.Step(_isCrowded);
            }
        }
        catch (Exception exception)
        {
            _joining.ForEach(job => job.Fail(exception));
            _batch.FailAll(exception);
        }
        finally
        {
            _joining.Clear();
        }
    }

    // Waits if there is nothing else to do.
    private void TakeMessages()
    {
        if (_batch.Count == 0 && _waiting.Count == 0 && _yielding.Count == 0)
        {
            Enqueue(_inbox.Take(_stop.Token));
        }

        _stop.Token.ThrowIfCancellationRequested();
        while (_inbox.TryTake(out var job))
        {
            Enqueue(job);
        }
    }

    private void Enqueue(CaptionJob job) => (job.Yields ? _yielding : _waiting).Enqueue(job);

    private void DropCancelled()
    {
        _batch.DropCancelled();
        DropCancelled(_waiting);
        DropCancelled(_yielding);
    }

    private void DropCancelled(Queue<CaptionJob> queue)
    {
        for (int left = queue.Count; left > 0; left--)
        {
            var job = queue.Dequeue();
            if (job.CancellationToken.IsCancellationRequested)
            {
                LeftQueue(job);
                job.Fail(new OperationCanceledException(job.CancellationToken));
            }
            else
            {
                queue.Enqueue(job);
            }
        }
    }

    private void JoinNext()
    {
        _lent.Look(_batch.HasFirst);
        bool anyoneWaits = _waiting.Count > 0;
        _isCrowded = anyoneWaits && !JoinFrom(_waiting);
        if (anyoneWaits)
        {
            return;
        }

        if (_yielding.Count > 0 && _lent.Allows())
        {
            long began = _clock.GetTimestamp();
            if (JoinFrom(_yielding))
            {
                _lent.Encoded(_clock.GetElapsedTime(began));
            }
        }
    }

    // Returns whether any joined.
    private bool JoinFrom(Queue<CaptionJob> queue)
    {
        int fitting = Fitting(queue);
        if (fitting == 0)
        {
            return false;
        }

        for (int left = _batch.Encodings.Choose(fitting); left > 0; left--)
        {
            var job = queue.Dequeue();
            _joining.Add(job);
            LeftQueue(job);
        }

        _batch.Join(_joining);
        return true;
    }

    // How many waiting requests, in order, have room; no more than are encoded at once.
    private int Fitting(Queue<CaptionJob> queue)
    {
        var fitting = new List<CaptionJob>();
        foreach (var job in queue)
        {
            fitting.Add(job);
            if (!_batch.HasRoomFor(fitting) || (job.Yields && !_batch.LeaveRoom(fitting)))
            {
                return fitting.Count - 1;
            }

            if (fitting.Count == _batch.Encodings.Most)
            {
                break;
            }
        }

        return fitting.Count;
    }

    private void FailEverything()
    {
        _batch.FailAll(Stopped());
        while (_waiting.TryDequeue(out var job) || _yielding.TryDequeue(out job) || _inbox.TryTake(out job))
        {
            LeftQueue(job);
            job.Fail(Stopped());
        }
    }

    private static ObjectDisposedException Stopped() => new(nameof(Captioner), "The model was unloaded.");
}
