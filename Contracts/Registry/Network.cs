using ImageToText.Contracts.Budgets;
using ImageToText.Contracts.Prices;

namespace ImageToText.Contracts.Registry;

/// <summary>A model of a node with its price in force.</summary>
/// <param name="ModelId">Its id.</param>
/// <param name="Revision">Identifies its exact weights and settings; null for foreign runners.</param>
/// <param name="State">How soon it can answer.</param>
/// <param name="Capacity">Requests the node takes at a time.</param>
/// <param name="Price">Price as stated.</param>
/// <param name="UsdPerPixel">
/// Price in USD per pixel; null while it can't be determined (no exchange rate), and then the model is not chosen.
/// </param>
/// <param name="PriceSource">Where the price comes from.</param>
/// <param name="Verified">Whether the model has been verified.</param>
/// <param name="Precision"><c>f32</c>, <c>int8</c> or <c>f16</c>.</param>
/// <param name="PromptUse">What it does with a prompt; null: its node doesn't say.</param>
/// <param name="Tiles">How it cuts pictures into tiles, which sets the least that one costs; null: it sees each as a whole.</param>
/// <param name="SequenceShare">What each sequence after the first costs, as a share of the first; null: as much.</param>
/// <param name="Languages">The languages that it writes, as tags such as <c>en</c>; null: its node doesn't say.</param>
public sealed record NetworkModel(
    string ModelId,
    string? Revision,
    ModelState State,
    int Capacity,
    Price Price,
    decimal? UsdPerPixel,
    PriceSource PriceSource,
    bool Verified,
    string? Precision,
    PromptUse? PromptUse = null,
    PictureTiles? Tiles = null,
    decimal? SequenceShare = null,
    IReadOnlyList<string>? Languages = null
);

/// <summary>A node as gateways see it. Disabled and expired nodes are left out.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Address">Its base address.</param>
/// <param name="Kind">Which API it speaks.</param>
/// <param name="State">Active, or draining: known, but gets nothing new.</param>
/// <param name="Token">The bearer token to send it; null: none.</param>
/// <param name="Models">Its models.</param>
public sealed record NetworkNode(
    string NodeId,
    Uri Address,
    NodeKind Kind,
    NodeState State,
    string? Token,
    IReadOnlyList<NetworkModel> Models
);

/// <summary>Everything that a gateway needs to choose nodes and price requests by itself.</summary>
/// <param name="Nodes">The nodes, ordered by id.</param>
/// <param name="DefaultModelId">The model for requests that name none; null: the first warm one.</param>
/// <param name="Caps">The asking gateway's price caps.</param>
/// <param name="ExchangeRate">The rate behind prices in wei and eth.</param>
/// <param name="KeysVersion">Changes whenever any key changes; gateways then validate the keys they know again.</param>
public sealed record NetworkSnapshot(
    IReadOnlyList<NetworkNode> Nodes,
    string? DefaultModelId,
    IReadOnlyList<PriceCap> Caps,
    ExchangeRate ExchangeRate,
    long KeysVersion
);

/// <summary>
/// Answer of <c>GET /network?since&amp;wait_seconds&amp;gateway_id</c>. If <c>since</c> equals the version in force, it comes
/// when something changes or the wait is over; otherwise it comes at once.
/// </summary>
/// <param name="Version">Pass it as <c>since</c> next time. Only compare it for equality.</param>
/// <param name="Network">The whole network; null: unchanged since <c>since</c>.</param>
/// <param name="Recalls">
/// Slices of this gateway whose unreserved rest is needed elsewhere. Shrink them now, and again whenever a reservation ends.
/// </param>
public sealed record NetworkUpdate(long Version, NetworkSnapshot? Network, IReadOnlyList<SliceRecall> Recalls);
