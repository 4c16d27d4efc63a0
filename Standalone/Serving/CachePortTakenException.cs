namespace ImageToText.Standalone.Serving;

/// <summary>Another program listens on the port that the embedded cache wants, or the system does not allow it.</summary>
/// <param name="port">The port.</param>
/// <param name="inner">What the cache said.</param>
internal sealed class CachePortTakenException(int port, Exception inner)
    : Exception($"The cache can't listen on port {port}: another program has it, or it needs more rights.", inner);
