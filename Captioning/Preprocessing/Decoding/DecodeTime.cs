using System.Globalization;
using ImageToText.ImageHeaders;

namespace ImageToText.Captioning.Preprocessing.Decoding;

/// <summary>
/// How long a picture may be decoded by what can't be stopped, and whether anybody still waits for it. Other decoders hand over strips, and
/// stop between them when nobody waits.
/// </summary>
/// <param name="limits">The limits, with the most time.</param>
/// <param name="clock">Measures it, from now on.</param>
/// <param name="cancellationToken">Cancelled when nobody waits any more.</param>
internal sealed class DecodeTime(ImageLimits limits, TimeProvider clock, CancellationToken cancellationToken)
{
    private readonly long _started = clock.GetTimestamp();

    private bool IsOver => cancellationToken.IsCancellationRequested || clock.GetElapsedTime(_started) > limits.MaxDecodeTime;

    /// <summary>
    /// Runs what can't be stopped on a thread of its own. If it takes too long, it is left to its end, and its result is disposed of. While
    /// too many have been left like that, no other begins.
    /// </summary>
    /// <param name="format">The picture's format.</param>
    /// <param name="decode">Decodes it, from memory that nobody takes away.</param>
    /// <exception cref="ImageException">It takes too long, or too many others did.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits any more.</exception>
    public T Run<T>(ImageFormat format, Func<T> decode)
        where T : IDisposable
    {
        ThrowIfOver(format);
        ThrowIfTooManyAreLate(format);
        var decoding = Task.Factory.StartNew(decode, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return decoding
                .WaitAsync(limits.MaxDecodeTime - clock.GetElapsedTime(_started), clock, cancellationToken)
                .GetAwaiter()
                .GetResult();
        }
        catch (Exception fault) when (fault is TimeoutException or OperationCanceledException && !decoding.IsFaulted)
        {
            limits.Late.Add(decoding);
            cancellationToken.ThrowIfCancellationRequested();
            throw TooLong(format);
        }
    }

    /// <summary>Ends decoding that should stop.</summary>
    /// <exception cref="ImageException">It takes too long.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits any more.</exception>
    public void ThrowIfOver(ImageFormat format)
    {
        if (IsOver)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw TooLong(format);
        }
    }

    private void ThrowIfTooManyAreLate(ImageFormat format)
    {
        if (limits.Late.Count < limits.MaxLateDecodes)
        {
            return;
        }

        string setting = limits.LateSetting is { } name ? $" ({name})" : "";
        throw new ImageException(
            ImageFault.Busy,
            string.Create(
                CultureInfo.InvariantCulture,
                $"No further {format.Name()} picture is decoded now: {limits.MaxLateDecodes} pictures that took too long are still being "
                    + $"decoded{setting}. Try again later, or send the same as JPEG or PNG."
            )
        );
    }

    private ImageException TooLong(ImageFormat format)
    {
        string setting = limits.TimeSetting is { } name ? $" ({name})" : "";
        return new ImageException(
            ImageFault.TooLarge,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Decoding the {format.Name()} picture takes longer than {limits.MaxDecodeTime.TotalSeconds:0.###} s{setting}. Send a "
                    + $"smaller one, or the same as JPEG or PNG."
            )
        );
    }
}
