namespace ImageToText.Captioning;

/// <summary>Something that the engine refuses or can't do, described so that the reader can act on it.</summary>
public abstract class CaptioningException : Exception
{
    private protected CaptioningException(string message, Exception? inner = null)
        : base(message, inner) { }
}

/// <summary>What is wrong with a picture.</summary>
public enum ImageFault
{
    /// <summary>No bytes at all.</summary>
    Empty,

    /// <summary>Not a picture, or a picture in an unsupported format.</summary>
    UnsupportedFormat,

    /// <summary>The bytes end early or contradict themselves.</summary>
    Corrupt,

    /// <summary>More bytes or pixels than allowed.</summary>
    TooLarge,

    /// <summary>Nothing, but no picture of its format can be decoded now: try again later.</summary>
    Busy,
}

/// <summary>The picture can't be captioned, and unless the fault is <see cref="ImageFault.Busy"/>, whoever sent it is to blame.</summary>
public sealed class ImageException(ImageFault fault, string message, Exception? inner = null) : CaptioningException(message, inner)
{
    /// <summary>What is wrong with the picture.</summary>
    public ImageFault Fault { get; } = fault;
}

/// <summary>An option of a request is out of range, and whoever sent it is to blame.</summary>
/// <param name="option">The option's public name, in snake case.</param>
/// <param name="message">What was given and what is allowed.</param>
public sealed class CaptionOptionException(string option, string message) : CaptioningException(message)
{
    /// <summary>The option's public name, in snake case (for example num_beams).</summary>
    public string Option { get; } = option;
}

/// <summary>A model folder can't be used. The message names the file, key or tensor and what is supported.</summary>
public sealed class ModelFormatException(string message, Exception? inner = null) : CaptioningException(message, inner);

/// <summary>
/// The engine can't run here, or not as asked: a native library is missing or doesn't fit, or CUDA does not work.
/// </summary>
public sealed class EngineUnavailableException(string message, Exception? inner = null) : CaptioningException(message, inner);

/// <summary>The captioner's queue is full: try again later.</summary>
public sealed class CaptionQueueFullException(int capacity)
    : CaptioningException($"The caption queue is full ({capacity} requests wait). Try again later.")
{
    /// <summary>How many requests may wait.</summary>
    public int Capacity { get; } = capacity;
}
