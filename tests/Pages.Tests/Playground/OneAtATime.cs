namespace ImageToText.Pages.Tests.Playground;

/// <summary>
/// For tests that use the browser's clipboard, of which there is one, or look at what the cache has, which others may purge.
/// </summary>
[CollectionDefinition]
public sealed class OneAtATime;
