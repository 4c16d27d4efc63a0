using ImageToText.InferenceService.Errors;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Uploads;

/// <summary>Limits the memory that all uploads in hand together may take.</summary>
internal sealed class UploadBudget(IOptions<UploadOptions> options)
{
    private readonly long _capacity = options.Value.MaxBytesInFlight;
    private long _taken;

    /// <summary>Bytes taken now.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Takes bytes, or none if that would exceed the limit.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= _capacity)
        {
            return true;
        }

        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    /// <summary>Gives bytes back.</summary>
    public void Return(long bytes) => Interlocked.Add(ref _taken, -bytes);
}

/// <summary>Uploads in hand use all the memory that they may; try again later.</summary>
internal sealed class UploadBudgetException()
    : NodeRefusalException(NodeRefusal.Busy("Too many bytes are being uploaded to this node. Try again later."));

/// <summary>The upload is larger than allowed.</summary>
internal sealed class UploadTooLargeException() : NodeRefusalException(NodeRefusal.TooLarge);
