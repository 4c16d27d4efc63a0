using System.Runtime.InteropServices;
using ImageToText.Captioning.Execution;

namespace ImageToText.Captioning.Scheduling;

/// <summary>
/// The requests that are generated side by side. They join and leave between steps, and each step feeds one token per row. A
/// row's numbers depend only on the row: its tokens are the same whoever else is in the batch. Requests that yield mostly stand still
/// while others are in the batch. Not thread-safe; the scheduler's thread owns it.
/// </summary>
internal sealed class RunningBatch(IBatchModel model, TimeProvider clock)
{
    // In the order of their rows: those that yield come last.
    private readonly List<RunningRequest> _requests = [];
    private readonly RunningRequest?[] _pictures = new RunningRequest?[model.Capacity.Pictures];
    private readonly int[] _sources = new int[Math.Max(model.Capacity.Rows, model.Capacity.Pictures)];
    private readonly int[] _lengths = new int[model.Capacity.Rows];
    private readonly int[] _tokens = new int[model.Capacity.Rows];
    private readonly RowGroup[] _groups = new RowGroup[model.Capacity.Pictures];
    private int _stoodStill;
    private bool _isOutOfOrder;

    /// <summary>Every how many steps those that yield take part, though others run: nobody may wait for them for ever.</summary>
    public const int YieldingStep = 8;

    /// <summary>Requests in the batch.</summary>
    public int Count => _requests.Count;

    /// <summary>Rows to feed in the next step.</summary>
    public int Rows { get; private set; }

    /// <summary>How many pictures to encode at once.</summary>
    public EncodingBatchPolicy Encodings { get; } = new(model.AtOnce);

    /// <summary>Returns whether all these requests fit together.</summary>
    public bool HasRoomFor(IReadOnlyCollection<CaptionJob> jobs)
    {
        CaptionJob[] all = [.. _requests.Select(static request => request.Job), .. jobs];
        return all.Length <= model.Capacity.Pictures
            && all.Sum(static job => job.Search.Rows) <= model.Capacity.Rows
            && model.HasMemoryFor([.. all.Select(static job => job.Memory)]);
    }

    /// <summary>Whether a request that does not yield is in the batch.</summary>
    public bool HasFirst => First > 0;

    /// <summary>
    /// Returns whether these requests, which yield, leave room to the others: half of the batch, and a place and memory for one more. If
    /// nothing else runs, a single one always does; it could never run otherwise.
    /// </summary>
    public bool LeaveRoom(IReadOnlyCollection<CaptionJob> jobs)
    {
        CaptionJob[] yielding = [.. _requests.Select(static request => request.Job).Where(static job => job.Yields), .. jobs];
        RequestMemory[] memory = [.. _requests.Select(static request => request.Job.Memory), .. jobs.Select(static job => job.Memory)];
        return memory.Length == 1
            || (
                memory.Length < model.Capacity.Pictures
                && 2 * yielding.Length <= model.Capacity.Pictures
                && 2 * yielding.Sum(static job => job.Search.Rows) <= model.Capacity.Rows
                && model.HasMemoryFor([.. memory, memory[^1] with { Picture = null }])
            );
    }

    /// <summary>Encodes a request's picture, reads its prompt up to the last token, and adds it to the batch.</summary>
    public void Join(CaptionJob job)
    {
        long joined = clock.GetTimestamp();
        int slot = Array.IndexOf(_pictures, null);
        bool remembered = model.Encode(job.Input, slot);
        job.ReleasePixels();
        job.Times = new JobTimes(joined, clock.GetTimestamp(), remembered);
        if (!remembered)
        {
            Encodings.Ran(1, clock.GetElapsedTime(joined, job.Times.Encoded));
        }

        Add(job, slot);
    }

    /// <summary>
    /// Lets requests join whose pictures are encoded in one run, except those that are cached. A request that can't join ends
    /// with the error.
    /// </summary>
    /// <param name="jobs">At most as many as the encoder takes at once, and only as many as fit.</param>
    public void Join(IReadOnlyCollection<CaptionJob> jobs)
    {
        var remembered = jobs.ToLookup(job => model.Remembers(job.Picture));
        foreach (var job in remembered[true])
        {
            Guard(job, () => Join(job));
        }

        CaptionJob[] others = [.. remembered[false]];
        if (others is [var only])
        {
            Guard(only, () => Join(only));
        }
        else if (others.Length > 1)
        {
            JoinInOneRun(others);
        }
    }

    /// <summary>
    /// Generates one token per row, and removes the finished requests. While requests that do not yield run, the others take part in one
    /// step of <see cref="YieldingStep"/>.
    /// </summary>
    /// <param name="isCrowded">Whether another request waits for a place: those that yield take part, so that they end.</param>
    public void Step(bool isCrowded = false)
    {
        if (_isOutOfOrder)
        {
            CloseUpRows();
        }

        CloseUpPictures();
        bool standStill = HasFirst && First < Count && !isCrowded && ++_stoodStill % YieldingStep != 0;
        int stepping = standStill ? First : Count;
        int rows = stepping < Count ? _requests[stepping].FirstRow : Rows;
        var logits = model.Step(WriteGroups(stepping), _tokens.AsSpan(0, rows));
        foreach (var request in CollectionsMarshal.AsSpan(_requests)[..stepping])
        {
            int vocabulary = model.VocabularySize;
            request.Advance(logits.Slice(request.FirstRow * vocabulary, request.Rows * vocabulary));
            if (request.Job.Times.FirstToken == 0)
            {
                request.Job.Times = request.Job.Times with { FirstToken = clock.GetTimestamp() };
            }

            if (request.Job.Search.IsFinished)
            {
                request.Job.Complete(new CaptionOutcome(request.Job.Search.GetResults(), request.Job.Times, clock.GetTimestamp()));
            }
        }

        CloseUpRows();
    }

    /// <summary>Removes the requests whose callers have left.</summary>
    public void DropCancelled()
    {
        bool any = false;
        foreach (var request in _requests)
        {
            if (request.Job.CancellationToken.IsCancellationRequested)
            {
                request.Job.Fail(new OperationCanceledException(request.Job.CancellationToken));
                request.Dropped = any = true;
            }
        }

        if (any)
        {
            CloseUpRows();
        }
    }

    /// <summary>Ends every request with an error.</summary>
    public void FailAll(Exception exception)
    {
        foreach (var request in _requests)
        {
            request.Job.Fail(exception);
            model.Leave(request.Picture);
        }

        _requests.Clear();
        Array.Clear(_pictures);
        _isOutOfOrder = false;
        Rows = 0;
    }

    // Requests that do not yield.
    private int First => _requests.FindIndex(static request => request.Job.Yields) is >= 0 and var place ? place : Count;

    private void JoinInOneRun(CaptionJob[] jobs)
    {
        long joined = clock.GetTimestamp();
        // Their rows are consecutive.
        CloseUpPictures();
        int first = _requests.Count;
        try
        {
            model.Encode([.. jobs.Select(static job => job.Input)], first);
        }
        catch (Exception exception)
        {
            Array.ForEach(jobs, job => job.Fail(exception));
            return;
        }

        long encoded = clock.GetTimestamp();
        Encodings.Ran(jobs.Length, clock.GetElapsedTime(joined, encoded));
        for (int i = 0; i < jobs.Length; i++)
        {
            var (job, slot) = (jobs[i], first + i);
            job.ReleasePixels();
            job.Times = new JobTimes(joined, encoded, Remembered: false);
            Guard(job, () => Add(job, slot));
        }
    }

    private static void Guard(CaptionJob job, Action join)
    {
        try
        {
            join();
        }
        catch (Exception exception)
        {
            job.Fail(exception);
        }
    }

    private void Add(CaptionJob job, int slot)
    {
        var request = new RunningRequest(job, slot, Rows);
        if (job.StartIds.Length > 1)
        {
            var prompt = job.StartIds.AsSpan()[..^1];
            try
            {
                model.ReadPrompt(prompt, request.FirstRow, slot);
            }
            catch
            {
                model.Leave(slot);
                throw;
            }

            request.Length = prompt.Length;
        }

        _pictures[slot] = request;
        int place = job.Yields ? Count : First;
        _requests.Insert(place, request);
        Rows += request.Rows;
        // Rows move in the next step: if that fails, it fails for all.
        _isOutOfOrder |= place < Count - 1;
    }

    private ReadOnlySpan<RowGroup> WriteGroups(int count)
    {
        for (int i = 0; i < count; i++)
        {
            var request = _requests[i];
            _groups[i] = new RowGroup(request.Picture, request.FirstRow, request.Rows, request.Length);
            request.Feed[..request.Rows].CopyTo(_tokens.AsSpan(request.FirstRow));
        }

        return _groups.AsSpan(0, count);
    }

    // The pictures of a step must come first in the store, so the last ones change places with those that have left or stand still.
    private void CloseUpPictures()
    {
        bool moved = false;
        int first = First;
        for (int slot = 0; slot < _pictures.Length; slot++)
        {
            _sources[slot] = slot;
        }

        for (int slot = 0; slot < Count; slot++)
        {
            if (MayTake(slot, _pictures[slot], first))
            {
                continue;
            }

            int last = _pictures.Length - 1;
            while (!MayTake(slot, _pictures[last], first))
            {
                last--;
            }

            (_sources[slot], _sources[last]) = (_sources[last], _sources[slot]);
            (_pictures[slot], _pictures[last]) = (_pictures[last], _pictures[slot]);
            _pictures[slot]!.Picture = slot;
            _pictures[last]?.Picture = last;
            moved = true;
        }

        if (moved)
        {
            model.RearrangePictures(_sources.AsSpan(0, Count));
        }
    }

    private static bool MayTake(int slot, RunningRequest? request, int first) =>
        request is not null && (slot >= first || !request.Job.Yields);

    // New rows continue old ones (beams change places), and finished or dropped requests leave gaps.
    private void CloseUpRows()
    {
        _isOutOfOrder = false;
        int row = 0;
        for (int i = 0; i < _requests.Count; i++)
        {
            var request = _requests[i];
            if (request.Dropped || request.Job.Search.IsFinished)
            {
                _pictures[request.Picture] = null;
                model.Leave(request.Picture);
                _requests.RemoveAt(i--);
                continue;
            }

            int first = row;
            foreach (int parent in request.Parents)
            {
                _sources[row] = request.FirstRow + parent;
                _lengths[row++] = request.Length;
            }

            request.Settle(first, row - first);
        }

        Rows = row;
        model.Rearrange(_sources.AsSpan(0, row), _lengths.AsSpan(0, row));
    }
}
