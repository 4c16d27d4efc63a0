using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Registry;

namespace ImageToText.Gateway.Pipeline;

/// <summary>Decides which model captions and what it may cost: the lowest cap of request, key and gateway.</summary>
internal sealed class ModelAndCapStep(Network network) : ICaptionStep
{
    /// <inheritdoc/>
    public Task<CaptionAnswer> CaptionAsync(CaptionRequest request, CaptionDelegate next, CancellationToken cancellationToken)
    {
        string model = ModelFor(network, request.Caller, request.ModelId);
        return next(
            request with
            {
                ModelId = model,
                MaxPricePerPixel = Least(Least(request.MaxPricePerPixel, request.Caller.MaxUsdPerPixel), network.View.CapOf(model)),
            },
            cancellationToken
        );
    }

    /// <summary>The model that a caller gets.</summary>
    /// <exception cref="RefusalException">403: not with this key; 404: nobody offers it; 503: there is no node.</exception>
    internal static string ModelFor(Network network, KeyGrant caller, string? named)
    {
        var view = network.View;
        string model = ModelOf(view, named);
        if (caller.AllowedModels is { } allowed && !allowed.Contains(model, StringComparer.Ordinal))
        {
            throw Refusals.ModelNotAllowed(model);
        }

        return view.Knows(model) ? model
            : network.IsKnown ? throw Refusals.UnknownModel(model)
            : throw new RefusalException(Refusals.NoNode(model));
    }

    /// <summary>
    /// The model for a request. A request that names none is not at fault if the default model has no node, so it may come back.
    /// </summary>
    internal static string ModelOf(NetworkView view, string? named) =>
        named is not null ? named
        : view.DefaultModelId is { } usual && view.Knows(usual) ? usual
        : throw new RefusalException(Refusals.NoNode(view.DefaultModelId ?? "the default model"));

    /// <summary>The smaller of two caps, either of which may be missing.</summary>
    internal static decimal? Least(decimal? a, decimal? b) =>
        a is null ? b
        : b is null ? a
        : Math.Min(a.Value, b.Value);
}
