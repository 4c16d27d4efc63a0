using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Intake;

namespace ImageToText.Gateway.Admission;

/// <summary>
/// A feature of the requests that the gateway makes itself, for the items of jobs: whoever started the job is their caller, and was
/// admitted then. Nobody outside can set a feature.
/// </summary>
/// <param name="RequestId">The item's id, the same however often it is tried, so that the ledger charges it once.</param>
/// <param name="Caller">The caller, whose key pays.</param>
/// <param name="PriceFactor">The factor for the prices of jobs.</param>
/// <param name="Pictures">What its picture is named in; null: its body has the picture, or a web address.</param>
/// <param name="Failures">How many of its tries have failed.</param>
/// <param name="Pauses">How often it has waited for a node.</param>
internal sealed record AdmittedItem(
    string RequestId,
    KeyGrant Caller,
    decimal PriceFactor,
    INamedPictures? Pictures = null,
    int Failures = 0,
    int Pauses = 0
);
