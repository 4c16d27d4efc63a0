using System.Globalization;
using System.Text;
using ImageToText.Contracts.Ledger;

namespace ImageToText.Contracts.Client;

/// <summary>Writes the pricing service's paths and query strings.</summary>
internal static class PricingUri
{
    public static string Usage(string path, UsageQuery query, params ReadOnlySpan<(string Name, string? Value)> more) =>
        WithQuery(
            path,
            [
                ("from", Text(query.From)),
                ("to", Text(query.To)),
                ("key_id", query.KeyId),
                ("model_id", query.ModelId),
                ("node_id", query.NodeId),
                ("group_by", query.GroupBy.Count == 0 ? null : UsageDimensions.Join(query.GroupBy)),
                .. more,
            ]
        );

    public static string PathOf(StatementFormat format) => format == StatementFormat.Csv ? "export" : "page";

    public static string Escape(string value) => Uri.EscapeDataString(value);

    public static string EscapePath(string value) => string.Join('/', value.Split('/').Select(Escape));

    public static string? Text(IFormattable? value) =>
        value switch
        {
            null => null,
            DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            _ => value.ToString(null, CultureInfo.InvariantCulture),
        };

    public static string WithQuery(string path, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var uri = new StringBuilder(path);
        char separator = '?';
        foreach (var (name, value) in parameters)
        {
            if (value is not null)
            {
                uri.Append(separator).Append(name).Append('=').Append(Escape(value));
                separator = '&';
            }
        }

        return uri.ToString();
    }
}
