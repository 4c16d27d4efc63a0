namespace ImageToText.InferenceService.Hub;

/// <summary>Why a model could not be had from the hub.</summary>
public enum HubFault
{
    /// <summary>An environment variable or option can't be used.</summary>
    Configuration,

    /// <summary>No such model, revision or file, or none that this token may see.</summary>
    NotFound,

    /// <summary>The hub refused the token, or wants one.</summary>
    Unauthorized,

    /// <summary>The model's terms must be accepted first.</summary>
    Gated,

    /// <summary>The model's licence must be accepted first.</summary>
    Licence,

    /// <summary>The repository holds nothing that can be run.</summary>
    Unsupported,

    /// <summary>What came is not what the hub announced.</summary>
    Corrupt,

    /// <summary>The hub could not be reached, or kept failing.</summary>
    Unreachable,

    /// <summary>The disk has no room, or can't be written.</summary>
    Storage,
}

/// <summary>A download that did not succeed, said so that the reader can act on it.</summary>
public sealed class HubException(HubFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What kind of failure it is.</summary>
    public HubFault Fault { get; } = fault;
}
