using System.ComponentModel.DataAnnotations;
using ImageToText.ServiceDefaults.Databases;

namespace ImageToText.PricingService.Storage;

/// <summary>Where the books are kept: <c>Pricing:Store</c>.</summary>
internal sealed class StoreOptions : IValidatableObject
{
    public const string Section = "Pricing:Store";

    /// <summary>
    /// <c>Data Source=FILE</c> for SQLite, <c>Host=…</c> for PostgreSQL. Empty: the connection string named <c>pricing</c>, else
    /// <c>pricing.db</c> in the working folder.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>
    /// How many connections to PostgreSQL this service keeps at most, beside one that listens. <c>Maximum Pool Size</c> in the
    /// connection string takes precedence.
    /// </summary>
    [Range(2, 10_000)]
    public int MaxConnections { get; set; } = 30;

    /// <summary>Whether this is PostgreSQL.</summary>
    public bool IsPostgres => DatabaseConnections.IsPostgres(ConnectionString);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (DatabaseConnections.FaultOf(ConnectionString, $"{Section}:{nameof(ConnectionString)}", "pricing") is { } fault)
        {
            yield return new(fault);
        }
    }
}
