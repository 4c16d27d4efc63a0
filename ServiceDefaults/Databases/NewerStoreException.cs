using System.Data.Common;

namespace ImageToText.ServiceDefaults.Databases;

/// <summary>The database was migrated by a version newer than this.</summary>
/// <param name="migration">The last migration, which this version does not know.</param>
public sealed class NewerStoreException(string migration)
    : DbException(
        $"A newer version has migrated this database (to {migration}). Run that version, or restore the copy from before the upgrade."
    );
