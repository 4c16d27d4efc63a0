using ImageToText.Contracts;

namespace ImageToText.Gateway.Jobs.Files;

/// <summary>Why a line can't be run.</summary>
internal enum LineFault : byte
{
    /// <summary>It can be.</summary>
    None,

    /// <summary>It isn't a JSON object.</summary>
    NotJson,

    /// <summary>It has no <c>custom_id</c>.</summary>
    NoId,

    /// <summary>An earlier line has the same <c>custom_id</c>.</summary>
    RepeatedId,

    /// <summary>Its <c>method</c> isn't POST.</summary>
    WrongMethod,

    /// <summary>It has no <c>url</c>.</summary>
    NoAddress,

    /// <summary>It has no <c>body</c>.</summary>
    NoBody,

    /// <summary>It is longer than a request may be.</summary>
    TooLong,

    /// <summary>Its body asks for a stream.</summary>
    Streams,
}

/// <summary>Words for faults.</summary>
internal static class LineFaults
{
    /// <summary>What is wrong with a line, and what to do.</summary>
    public static string Explain(this LineFault fault) =>
        fault switch
        {
            LineFault.NotJson => "isn't a JSON object: write one object on each line.",
            LineFault.NoId => "has no 'custom_id': give each line a string of 1 to 256 characters.",
            LineFault.RepeatedId => "repeats the 'custom_id' of an earlier line: give each line its own.",
            LineFault.WrongMethod => "has a 'method' other than POST: write \"POST\".",
            LineFault.NoAddress => "has no 'url': write the path of the endpoint, such as \"/v1/chat/completions\".",
            LineFault.NoBody => "has no 'body': put the JSON object of the request there.",
            LineFault.TooLong => "is longer than a request may be: send a smaller picture.",
            LineFault.Streams => "asks for a stream, which nobody would read: leave out 'stream', or set it to false.",
            _ => "can be run.",
        };

    /// <summary>The error that a single request would have got.</summary>
    public static ErrorCode Error(this LineFault fault) =>
        fault switch
        {
            LineFault.WrongMethod => ErrorCodeTable.MethodNotAllowed,
            LineFault.NoAddress => ErrorCodeTable.NotFound,
            LineFault.TooLong => ErrorCodeTable.BodyTooLarge,
            LineFault.Streams => ErrorCodeTable.InvalidParameter,
            _ => ErrorCodeTable.InvalidRequest,
        };
}
