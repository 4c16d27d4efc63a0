using System.Data.Common;

namespace ImageToText.ServiceDefaults.Databases;

/// <summary>The database was migrated by a version newer than this.</summary>
/// <param name="migration">The last migration, which this version does not know.</param>
public sealed class NewerStoreException(string migration)
    : DbException(
        $"A newer version has migrated this database (to {migration}). Run that version, or restore the copy from before the upgrade."
    )
{
    /// <summary>Refuses a newer version's database: an older version must not write by rules that it does not know.</summary>
    /// <param name="applied">The migrations that the database has.</param>
    /// <param name="known">The migrations of this version.</param>
    /// <exception cref="NewerStoreException">The database has one that this version does not know.</exception>
    public static void ThrowIfNewer(IEnumerable<string> applied, IEnumerable<string> known)
    {
        if (applied.Except(known, StringComparer.Ordinal).LastOrDefault() is { } unknown)
        {
            throw new NewerStoreException(unknown);
        }
    }
}
