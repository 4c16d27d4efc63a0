using ImageToText.Contracts.Accounts;

namespace ImageToText.Gateway.Admission;

/// <summary>
/// A feature of the requests that the gateway makes itself, for the items of jobs: whoever started the job is their caller, and was
/// admitted then. Nobody outside can set a feature.
/// </summary>
/// <param name="RequestId">The item's id, the same however often it is tried, so that the ledger charges it once.</param>
/// <param name="Caller">The caller, whose key pays.</param>
/// <param name="PriceFactor">The factor for the prices of jobs.</param>
/// <param name="ReadsFolders">Whether its picture is a file in an open folder.</param>
internal sealed record AdmittedItem(string RequestId, KeyGrant Caller, decimal PriceFactor, bool ReadsFolders = false);
