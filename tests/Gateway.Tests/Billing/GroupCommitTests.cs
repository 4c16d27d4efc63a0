using ImageToText.Gateway.Billing.Journal;

namespace ImageToText.Gateway.Tests.Billing;

/// <summary>Entries that are written together.</summary>
public sealed class GroupCommitTests
{
    private readonly List<byte[]> _rounds = [];
    private readonly TaskCompletionSource _began = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _failure;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_comes_during_a_write_is_written_together_afterwards()
    {
        await using var commits = new GroupCommit(Write);
        var first = Task.Run(() => commits.AddAsync(Entry(1)), Cancelled);
        await _began.Task;
        Task[] others = [commits.AddAsync(Entry(2)), commits.AddAsync(Entry(3)), commits.AddAsync(Entry(4))];
        Assert.DoesNotContain(others, static other => other.IsCompleted);

        _goesOn.SetResult();
        await Task.WhenAll([first, .. others]);

        Assert.Equal(
            [
                [1],
                [2, 3, 4],
            ],
            _rounds
        );
    }

    [Fact]
    public async Task A_failure_is_told_to_those_whose_entries_were_not_written_and_to_nobody_else()
    {
        _goesOn.SetResult();
        await using var commits = new GroupCommit(Write);
        await commits.AddAsync(Entry(1));
        _failure = new IOException("The disk is full.");
        Assert.Same(_failure, await Assert.ThrowsAsync<IOException>(() => commits.AddAsync(Entry(2))));

        _failure = null;
        await commits.AddAsync(Entry(3));

        Assert.Equal(
            [
                [1],
                [3],
            ],
            _rounds
        );
    }

    [Fact]
    public async Task The_end_waits_for_what_was_added_before_and_refuses_what_comes_after()
    {
        var commits = new GroupCommit(Write);
        var first = Task.Run(() => commits.AddAsync(Entry(1)), Cancelled);
        await _began.Task;
        var second = commits.AddAsync(Entry(2));
        var end = commits.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => commits.AddAsync(Entry(3)));
        Assert.False(end.IsCompleted);

        _goesOn.SetResult();
        await Task.WhenAll(first, second, end);

        Assert.Equal(
            [
                [1],
                [2],
            ],
            _rounds
        );
    }

    private static byte[] Entry(byte number) => [number];

    // Not awaited: a disk blocks its thread, too.
    private void Write(IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        _began.TrySetResult();
        _goesOn.Task.Wait(Cancelled);
        if (_failure is not null)
        {
            throw _failure;
        }

        _rounds.Add([.. entries.Select(static entry => entry.Span[0])]);
    }
}
