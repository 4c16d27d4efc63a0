using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway;

/// <summary>The gateway's id and where it keeps its files: <c>Gateway</c>.</summary>
public sealed class GatewayOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Gateway";

    /// <summary>
    /// Its id at the pricing service, which must stay the same after a restart; null: it is made at the first start and kept in
    /// the data folder.
    /// </summary>
    [RegularExpression("^[A-Za-z0-9._-]{1,64}$", ErrorMessage = "give 1 to 64 letters, digits, '.', '_' and '-'.")]
    public string? Id { get; set; }

    /// <summary>
    /// The folder for its journal and id; null: <c>imagetotext/gateway</c> in the user's data folder. No two gateways may share
    /// one.
    /// </summary>
    public string? DataDirectory { get; set; }
}
