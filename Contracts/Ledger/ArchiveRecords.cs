namespace ImageToText.Contracts.Ledger;

/// <summary>A line of an archive: a record of the ledger with everything that the ledger knew of it.</summary>
/// <param name="Sequence">Its position in the ledger.</param>
/// <param name="Record">The record as delivered.</param>
/// <param name="Day">The UTC day on which it counts.</param>
/// <param name="ChargedUsd">What was charged.</param>
/// <param name="Account">The account that it was charged to; null: none, or an older version wrote it.</param>
/// <param name="AgainstSlice">Whether it was charged against its slice rather than the whole budget.</param>
/// <param name="ReceivedAt">When it reached the ledger.</param>
public sealed record ArchivedRecord(
    long Sequence,
    UsageRecord Record,
    DateOnly Day,
    decimal ChargedUsd,
    string? Account,
    bool AgainstSlice,
    DateTimeOffset ReceivedAt
);

/// <summary>Body of <c>POST /ledger/archives</c>.</summary>
/// <param name="Before">The first UTC day that stays in the ledger.</param>
public sealed record ArchiveRequest(DateOnly Before);

/// <summary>A file that holds the ledger's oldest records: compressed lines of <see cref="ArchivedRecord"/>.</summary>
/// <param name="File">The file's name in the archive's folder.</param>
/// <param name="Sha256">SHA-256 of the file, in hexadecimal digits.</param>
/// <param name="FirstSequence">The first record in it.</param>
/// <param name="LastSequence">The last record in it.</param>
/// <param name="Records">How many records it holds.</param>
/// <param name="CostUsd">The sum of their costs.</param>
/// <param name="ChargedUsd">The sum of what was charged.</param>
/// <param name="ArchivedAt">When they left the ledger.</param>
public sealed record LedgerArchiveInfo(
    string File,
    string Sha256,
    long FirstSequence,
    long LastSequence,
    long Records,
    decimal CostUsd,
    decimal ChargedUsd,
    DateTimeOffset ArchivedAt
);
