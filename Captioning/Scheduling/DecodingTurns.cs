namespace ImageToText.Captioning.Scheduling;

/// <summary>
/// Lets a few pictures be decoded at once. Requests that yield come after all others, and leave one place free for whoever comes next.
/// </summary>
/// <param name="places">How many pictures at once.</param>
internal sealed class DecodingTurns(int places)
{
    private readonly Lock _gate = new();
    private readonly Queue<TaskCompletionSource> _first = new();
    private readonly Queue<TaskCompletionSource> _yielding = new();
    private readonly int _mostYielding = Math.Max(1, places - 1);
    private int _taken;
    private int _takenByYielding;

    /// <summary>Takes a place, which <see cref="Release"/> gives back.</summary>
    public Task TakeAsync(bool yields, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled(cancellationToken);
        }

        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            (yields ? _yielding : _first).Enqueue(turn);
            Grant();
        }

        return turn.Task.IsCompleted ? turn.Task : WaitAsync(turn, cancellationToken);
    }

    /// <summary>Gives a place back.</summary>
    public void Release(bool yields)
    {
        lock (_gate)
        {
            _taken--;
            _takenByYielding -= yields ? 1 : 0;
            Grant();
        }
    }

    private static async Task WaitAsync(TaskCompletionSource turn, CancellationToken cancellationToken)
    {
        await using var leaving = cancellationToken.UnsafeRegister(
            static (waiting, token) => ((TaskCompletionSource)waiting!).TrySetCanceled(token),
            turn
        );
        await turn.Task.ConfigureAwait(false);
    }

    // Whoever has left meanwhile can't be granted a place, and takes none.
    private void Grant()
    {
        while (_taken < places && _first.TryDequeue(out var turn))
        {
            _taken += turn.TrySetResult() ? 1 : 0;
        }

        while (_taken < places && _takenByYielding < _mostYielding && _yielding.TryDequeue(out var turn))
        {
            int granted = turn.TrySetResult() ? 1 : 0;
            _taken += granted;
            _takenByYielding += granted;
        }
    }
}
