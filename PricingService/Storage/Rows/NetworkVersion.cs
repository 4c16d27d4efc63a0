namespace ImageToText.PricingService.Storage.Rows;

/// <summary>
/// Counts what gateways must learn. It is one row in the database, so that it outlives a restart and replicas share it.
/// </summary>
internal sealed class NetworkVersion
{
    public const int TheOnly = 1;

    public int Id { get; set; }

    /// <summary>Counts every change, including recalls of slices.</summary>
    public long Latest { get; set; }

    /// <summary>Value of <see cref="Latest"/> at the last change of nodes, models, prices or keys.</summary>
    public long Network { get; set; }

    /// <summary>Value of <see cref="Latest"/> at the last change of a key.</summary>
    public long Keys { get; set; }
}
