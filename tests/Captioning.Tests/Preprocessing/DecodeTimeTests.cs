using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Preprocessing.Decoding;
using ImageToText.ImageHeaders;

namespace ImageToText.Captioning.Tests.Preprocessing;

/// <summary>Decoding that can't be stopped is left behind when its time is over.</summary>
public sealed class DecodeTimeTests : IDisposable
{
    private readonly ManualResetEventSlim _mayEnd = new();

    public void Dispose() => _mayEnd.Dispose();

    [Fact]
    public async Task What_takes_too_long_is_refused_in_time_and_disposed_of_at_its_end()
    {
        var time = new DecodeTime(new ImageLimits(), new HastyClock(), TestContext.Current.CancellationToken);
        var result = new Result();
        var waiting = Task.Run(() => time.Run(ImageFormat.Heic, () => Late(result)), TestContext.Current.CancellationToken);

        var refusal = await Assert.ThrowsAsync<ImageException>(() => waiting);
        Assert.Equal(ImageFault.TooLarge, refusal.Fault);
        Assert.False(result.IsDisposed);
        _mayEnd.Set();
        await Eventually.HoldsAsync(() => result.IsDisposed);
    }

    [Fact]
    public async Task While_too_many_go_on_without_anybody_waiting_no_other_begins()
    {
        var limits = new ImageLimits { MaxLateDecodes = 2, LateSetting = "Some:Setting" };
        Result[] results = [new(), new()];
        foreach (var result in results)
        {
            var time = new DecodeTime(limits, new HastyClock(), TestContext.Current.CancellationToken);
            var waiting = Task.Run(() => time.Run(ImageFormat.Heic, () => Late(result)), TestContext.Current.CancellationToken);
            Assert.Equal(ImageFault.TooLarge, (await Assert.ThrowsAsync<ImageException>(() => waiting)).Fault);
        }

        var next = new DecodeTime(limits, TimeProvider.System, TestContext.Current.CancellationToken);
        var refusal = Assert.Throws<ImageException>(() => next.Run(ImageFormat.Heic, static () => new Result()));
        Assert.Equal(ImageFault.Busy, refusal.Fault);
        Assert.Equal(
            "No further HEIC picture is decoded now: 2 pictures that took too long are still being decoded (Some:Setting). "
                + "Try again later, or send the same as JPEG or PNG.",
            refusal.Message
        );

        _mayEnd.Set();
        await Eventually.HoldsAsync(() => Array.TrueForAll(results, static result => result.IsDisposed));
        next.Run(ImageFormat.Heic, static () => new Result()).Dispose();
    }

    [Fact]
    public async Task Nobody_waits_for_it_once_the_caller_has_gone()
    {
        using var gone = new CancellationTokenSource();
        var time = new DecodeTime(new ImageLimits(), TimeProvider.System, gone.Token);
        var result = new Result();
        var waiting = Task.Run(() => time.Run(ImageFormat.Heic, () => Late(result)), TestContext.Current.CancellationToken);
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        _mayEnd.Set();
    }

    [Fact]
    public void What_ends_in_time_is_the_result()
    {
        var time = new DecodeTime(new ImageLimits(), TimeProvider.System, TestContext.Current.CancellationToken);
        var result = new Result();

        Assert.Same(result, time.Run(ImageFormat.Heic, () => result));
        Assert.Throws<InvalidDataException>(() => time.Run<Result>(ImageFormat.Heic, static () => throw new InvalidDataException()));
    }

    private Result Late(Result result)
    {
        _mayEnd.Wait();
        return result;
    }

    private sealed class Result : IDisposable
    {
        private int _disposed;

        public bool IsDisposed => Volatile.Read(ref _disposed) > 0;

        public void Dispose() => Interlocked.Increment(ref _disposed);
    }

    /// <summary>Its timers end at once.</summary>
    private sealed class HastyClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
