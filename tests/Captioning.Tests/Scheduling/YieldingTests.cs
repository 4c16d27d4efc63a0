using ImageToText.Captioning.Scheduling;

namespace ImageToText.Captioning.Tests.Scheduling;

/// <summary>Requests that yield let all others go first, and get what these leave.</summary>
public sealed class YieldingTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_both_kinds_waiting_the_others_go_first_and_then_those_that_yield()
    {
        using var model = new RecordingModel();
        model.Hold();
        await RunAsync(model, Yields("first"), Yields("y1"), Yields("y2"), Waits("w1"), Waits("w2"));
        Assert.Equal(["first", "w1", "w2", "y1", "y2"], model.Names);
    }

    [Fact]
    public async Task They_fill_half_of_the_batch_and_leave_half_to_others()
    {
        using var model = new RecordingModel(pictures: 4);
        model.Hold();
        await RunAsync(model, Yields("y1", 50), Yields("y2", 50), Yields("y3", 50), Waits("w1", 50), Waits("w2", 50), Waits("w3", 50));

        // The third one that waits fills the batch, and nobody yields to nobody: what was begun goes on.
        Assert.Equal(["y1", "w1", "w2", "w3", "y2", "y3"], model.Names);
        Assert.Equal([0, 1, 2, 3], model.Encoded.Take(4).Select(static one => one.Steps));
        Assert.True(model.Encoded.ElementAt(4).Steps >= 50);
    }

    [Fact]
    public async Task Alone_they_take_no_more_than_half()
    {
        using var model = new RecordingModel(pictures: 4);
        model.Hold();
        await RunAsync(model, Yields("y1", 50), Yields("y2", 50), Yields("y3", 50));
        Assert.Equal([("y1", 0), ("y2", 1), ("y3", 50)], model.Encoded);
    }

    [Fact]
    public async Task While_another_runs_their_pictures_take_a_small_share_of_its_time()
    {
        using var model = new RecordingModel();
        model.Hold();
        await RunAsync(model, Waits("w", 200), Yields("y1"), Yields("y2"), Yields("y3"), Yields("y4"), Yields("y5"));

        // A picture takes 100 ms, and a step 10 ms. Between two pictures there are 85 ms for each 15 ms: 57 steps.
        Assert.Equal(["w", "y1", "y2", "y3", "y4", "y5"], model.Names);
        Assert.Equal([0, 1, 58, 115, 172], model.Encoded.Take(5).Select(static one => one.Steps));

        Assert.Equal(200, model.Encoded.Last().Steps);
    }

    [Fact]
    public async Task Begun_ones_mostly_stand_still_while_another_runs()
    {
        using var model = new RecordingModel();
        model.Hold();
        await RunAsync(model, Yields("y1", 50), Waits("w1", 20), Waits("w2", 20));

        // One step of y1 alone, 21 of the others, of which each eighth takes y1 along, and what is left of y1.
        Assert.Equal(["y1", "w1", "w2"], model.Names);
        Assert.Equal([1, 1, .. Times(6, 2), 3, .. Times(7, 2), 3, .. Times(4, 2), 1, .. Times(47, 1)], model.StepRows);
    }

    [Fact]
    public async Task Begun_ones_go_on_while_another_waits_for_their_place()
    {
        using var model = new RecordingModel(pictures: 2);
        model.Hold();
        await RunAsync(model, Yields("y1", 50), Waits("w1", 20), Waits("w2", 20));

        // w2 has no place until w1 has ended: until then y1 takes part.
        Assert.Equal([1, 1, .. Times(19, 2), .. Times(6, 1), 2, .. Times(7, 1), 2, .. Times(5, 1), .. Times(28, 1)], model.StepRows);
    }

    [Fact]
    public void They_wait_in_places_of_their_own()
    {
        var room = new WaitingRoom(capacity: 1);
        room.Enter(yields: true);
        Assert.Throws<CaptionQueueFullException>(() => room.Enter(yields: true));
        room.Enter(yields: false);
        Assert.Throws<CaptionQueueFullException>(() => room.Enter(yields: false));
        room.Leave(yields: true);
        room.Enter(yields: true);
        Assert.Equal(2, room.Count);
    }

    [Fact]
    public async Task Their_pictures_are_decoded_after_all_others_and_leave_a_place()
    {
        var turns = new DecodingTurns(places: 2);
        Assert.True(turns.TakeAsync(yields: true, Cancelled).IsCompletedSuccessfully);
        var later = turns.TakeAsync(yields: true, Cancelled);
        Assert.False(later.IsCompleted);
        Assert.True(turns.TakeAsync(yields: false, Cancelled).IsCompletedSuccessfully);
        using var leaving = new CancellationTokenSource();
        var gone = turns.TakeAsync(yields: false, leaving.Token);
        var next = turns.TakeAsync(yields: false, Cancelled);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);

        turns.Release(yields: true);
        await next;
        Assert.False(later.IsCompleted);
        turns.Release(yields: false);
        await later;
    }

    private static IEnumerable<int> Times(int count, int rows) => Enumerable.Repeat(rows, count);

    private static CaptionJob Waits(string name, int steps = 1) => RecordingModel.Job(name, yields: false, steps);

    private static CaptionJob Yields(string name, int steps = 1) => RecordingModel.Job(name, yields: true, steps);

    // The first one is held until all others wait.
    private static async Task RunAsync(RecordingModel model, params CaptionJob[] jobs)
    {
        using var scheduler = new CaptionScheduler(model, "recording", model.Clock) { LeftQueue = static _ => { } };
        scheduler.Submit(jobs[0]);
        model.AwaitFirst(Cancelled);
        Array.ForEach(jobs[1..], scheduler.Submit);
        model.GoOn();
        await Task.WhenAll(jobs.Select(static job => job.Completion));
    }
}
