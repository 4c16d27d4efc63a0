namespace ImageToText.Pages.Tests.Playground;

/// <summary>
/// For tests that use the browser's only clipboard, or look at the cache, which other tests may purge.
/// </summary>
[CollectionDefinition]
public sealed class OneAtATime;
