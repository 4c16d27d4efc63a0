namespace ImageToText.InferenceService.Hub;

/// <summary>Why a model could not be downloaded from the hub.</summary>
public enum HubFault
{
    /// <summary>An environment variable or option is invalid.</summary>
    Configuration,

    /// <summary>There is no such model, revision or file, or this token may not see it.</summary>
    NotFound,

    /// <summary>The hub refused the token, or requires one.</summary>
    Unauthorized,

    /// <summary>The model's terms must be accepted first.</summary>
    Gated,

    /// <summary>The model's licence must be accepted first.</summary>
    Licence,

    /// <summary>Nothing in the repository can run.</summary>
    Unsupported,

    /// <summary>What arrived differs from what the hub announced.</summary>
    Corrupt,

    /// <summary>The hub could not be reached, or kept failing.</summary>
    Unreachable,

    /// <summary>The disk is full, or can't be written.</summary>
    Storage,
}

/// <summary>A failed download, described so that the reader can act on it.</summary>
public sealed class HubException(HubFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What kind of failure it is.</summary>
    public HubFault Fault { get; } = fault;
}
