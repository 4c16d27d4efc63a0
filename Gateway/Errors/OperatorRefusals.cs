using ImageToText.Contracts;

namespace ImageToText.Gateway.Errors;

/// <summary>What operators' requests are refused with.</summary>
internal static partial class Refusals
{
    public static RefusalException CrossSite() =>
        new(
            new Refusal(
                ErrorCodeTable.CrossSite,
                "The browser says that a page on another site sent this. Only the operators' own page may use these routes."
            )
        );

    public static RefusalException NodeHasNoModels(string node) =>
        new(
            new Refusal(
                ErrorCodeTable.NodeManagesModels,
                $"The node '{Shown(node)}' speaks the plain runner API, which can't load or unload models: do it where the node runs."
            )
        );

    public static RefusalException NodeUnknown(string node) =>
        new(
            new Refusal(
                ErrorCodeTable.NodeNotFound,
                $"No node '{Shown(node)}' is active or draining: one that is disabled, or has left, can't be asked."
            )
        );

    public static RefusalException NodeRefused(int status, string node, string? words, Exception? inner = null) =>
        new(
            new Refusal(
                ErrorCodeTable.NodeRefused,
                words ?? $"The node '{Shown(node)}' can't be reached or failed to do it: check its log."
            )
            {
                Status = status,
                NodeId = node,
            },
            inner
        );
}
