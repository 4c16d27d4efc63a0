using ImageToText.Pages.Tests.Browsing;

namespace ImageToText.Pages.Tests.Operations;

/// <summary>The operations page has a service of its own, because its tests change prices and unload models.</summary>
[CollectionDefinition(nameof(OperatedCluster))]
public sealed class OperatedCluster : ICollectionFixture<PagesCluster>;
