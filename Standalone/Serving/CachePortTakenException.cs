namespace ImageToText.Standalone.Serving;

/// <summary>Another program listens on the port that the embedded cache wants.</summary>
/// <param name="port">The port.</param>
/// <param name="inner">What the cache said.</param>
internal sealed class CachePortTakenException(int port, Exception inner)
    : Exception($"Port {port}, on which the cache should listen, is in use by another program.", inner);
