using System.ComponentModel.DataAnnotations;

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

    /// <summary>Whether this is PostgreSQL.</summary>
    public bool IsPostgres => ConnectionString is not null && ConnectionString.Contains("Host=", StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IsPostgres && ConnectionString?.Contains("Data Source=", StringComparison.OrdinalIgnoreCase) != true)
        {
            yield return new(
                $"{Section}:ConnectionString (or ConnectionStrings:pricing) is neither SQLite's nor PostgreSQL's: "
                    + "write Data Source=FILE, or Host=…;Database=…."
            );
        }
    }
}
