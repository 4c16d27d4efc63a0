using ImageToText.Contracts.Registry;

namespace ImageToText.Contracts.Catalogue;

/// <summary>A model of the network.</summary>
/// <param name="ModelId">Its id.</param>
/// <param name="State">
/// The best state on any node: warm, loading or on demand; null: verified once, but no node has it now.
/// </param>
/// <param name="Verified">Whether it has been verified.</param>
/// <param name="VerifiedAt">When.</param>
/// <param name="Nodes">Nodes that offer it.</param>
/// <param name="WarmNodes">How many of them have it loaded.</param>
/// <param name="Capacity">Requests that all its nodes together take at a time.</param>
/// <param name="LowestPrice">The lowest price in USD per pixel; null if it can't be determined.</param>
/// <param name="Measurements">What verification measured.</param>
/// <param name="PromptUse">What it does with a prompt; null: no node says.</param>
/// <param name="SequenceShare">What each sequence after the first costs, as a share of the first; null: as much.</param>
/// <param name="Languages">The languages that it writes, as tags such as <c>en</c>; null: no node says.</param>
public sealed record CatalogueModel(
    string ModelId,
    ModelState? State,
    bool Verified,
    DateTimeOffset? VerifiedAt,
    int Nodes,
    int WarmNodes,
    int Capacity,
    decimal? LowestPrice,
    VerificationMeasurements? Measurements,
    PromptUse? PromptUse = null,
    decimal? SequenceShare = null,
    IReadOnlyList<string>? Languages = null
);

/// <summary>Answer of <c>GET /models</c>.</summary>
/// <param name="Models">Warm first, then by id.</param>
/// <param name="DefaultModelId">The model for requests that name none.</param>
public sealed record ModelCatalogue(IReadOnlyList<CatalogueModel> Models, string? DefaultModelId);

/// <summary>What verification measured.</summary>
/// <param name="LoadSeconds">Time to load.</param>
/// <param name="LatencyMedianMs">Median time of one caption.</param>
/// <param name="LatencyP95Ms">95th percentile of that time.</param>
/// <param name="MemoryBytes">Memory the model takes.</param>
/// <param name="SamplesCaptioned">Samples captioned.</param>
/// <param name="ExpectationsMet">Samples whose caption equals the stored expectation; null: there are none.</param>
/// <param name="Expectations">Samples that have a stored expectation.</param>
/// <param name="Precision"><c>f32</c>, <c>int8</c> or <c>f16</c>.</param>
/// <param name="Revision">The revision measured.</param>
public sealed record VerificationMeasurements(
    double? LoadSeconds,
    double? LatencyMedianMs,
    double? LatencyP95Ms,
    long? MemoryBytes,
    int SamplesCaptioned,
    int? ExpectationsMet,
    int? Expectations,
    string? Precision,
    string? Revision
);
