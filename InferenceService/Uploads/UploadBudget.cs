using ImageToText.InferenceService.Errors;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Uploads;

/// <summary>
/// Limits the memory that all uploads in hand together may take. Those that let others go first may take half as much again, of their
/// own, so that they never cause a refusal of the others.
/// </summary>
internal sealed class UploadBudget(IOptions<UploadOptions> options)
{
    private readonly long _capacity = options.Value.MaxBytesInFlight;
    private long _taken;
    private long _takenByYielding;

    /// <summary>Bytes taken now.</summary>
    public long Taken => Interlocked.Read(ref _taken) + Interlocked.Read(ref _takenByYielding);

    /// <summary>Takes bytes, or none if that would exceed the limit.</summary>
    public bool TryTake(long bytes, bool yields)
    {
        if (Interlocked.Add(ref Of(yields), bytes) <= (yields ? _capacity / 2 : _capacity))
        {
            return true;
        }

        Return(bytes, yields);
        return false;
    }

    /// <summary>Gives bytes back.</summary>
    public void Return(long bytes, bool yields) => Interlocked.Add(ref Of(yields), -bytes);

    private ref long Of(bool yields) => ref yields ? ref _takenByYielding : ref _taken;
}

/// <summary>Uploads in hand use all the memory that they may; try again later.</summary>
internal sealed class UploadBudgetException()
    : NodeRefusalException(NodeRefusal.Busy("Too many bytes are being uploaded to this node. Try again later."));

/// <summary>The upload is larger than allowed.</summary>
internal sealed class UploadTooLargeException() : NodeRefusalException(NodeRefusal.TooLarge);
