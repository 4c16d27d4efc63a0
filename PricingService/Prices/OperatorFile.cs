using System.Globalization;
using System.Text.Json;
using ImageToText.Contracts.Prices;

namespace ImageToText.PricingService.Prices;

/// <summary>An operator's file has an error. The message names file, entry and field.</summary>
internal sealed class OperatorFileException(string message) : Exception(message);

/// <summary>One entry of an operator's JSON file, read field by field so that every error can be named.</summary>
internal sealed class OperatorFileEntry(string file, int index, JsonElement entry)
{
    /// <summary>The pipeline whose entries are read; those of others are left aside.</summary>
    public const string Pipeline = "image-to-text";

    private static readonly (string Suffix, Currency Currency)[] Currencies =
    [
        ("wei", Currency.Wei),
        ("eth", Currency.Eth),
        ("usd", Currency.Usd),
    ];

    /// <summary>Its name in messages.</summary>
    public string Name { get; } = $"{Path.GetFileName(file)}, entry {index + 1}";

    /// <summary>Parses a JSON file; comments and trailing commas are accepted.</summary>
    public static JsonDocument Parse(string file)
    {
        try
        {
            return JsonDocument.Parse(
                File.ReadAllBytes(file),
                new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }
            );
        }
        catch (JsonException unreadable)
        {
            throw new OperatorFileException(
                $"{Path.GetFileName(file)} is not JSON: line {unreadable.LineNumber + 1}, byte {unreadable.BytePositionInLine + 1}."
            );
        }
    }

    /// <summary>The fields that are not known.</summary>
    public IEnumerable<string> UnknownFields(string[] known) =>
        entry.EnumerateObject().Select(field => field.Name).Where(field => !known.Contains(field, StringComparer.Ordinal));

    public string? Text(string field, bool required = false)
    {
        if (!Has(field, out var value))
        {
            return required ? throw Wrong(field, "is missing") : null;
        }

        return value.ValueKind == JsonValueKind.String && (!required || value.GetString()!.Length > 0)
            ? value.GetString()
            : throw Wrong(field, required ? "must be a non-empty string" : "must be a string");
    }

    public bool Flag(string field) =>
        Has(field, out var value)
        && value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(field, "must be true or false"),
        };

    public int Count(string field, int otherwise)
    {
        if (!Has(field, out var value))
        {
            return otherwise;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int count) && count >= 1
            ? count
            : throw Wrong(field, "must be a whole number of at least 1");
    }

    public Uri? Address(string field)
    {
        string? text = Text(field);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw Wrong(field, $"must be an http or https address, not \"{text}\"");
    }

    public IReadOnlyDictionary<string, string>? Flags(string field)
    {
        if (!Has(field, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Object
            ? value.EnumerateObject().ToDictionary(flag => flag.Name, flag => flag.Value.ToString(), StringComparer.Ordinal)
            : throw Wrong(field, "must be an object");
    }

    /// <summary>
    /// The price: a number or a text, with the currency in a separate field or as the text's suffix; the default is wei.
    /// </summary>
    public Price Price(bool required)
    {
        if (!Has("price_per_unit", out var value))
        {
            return required ? throw Wrong("price_per_unit", "is missing") : Contracts.Prices.Price.Recommended;
        }

        var currency = Text("currency") is { Length: > 0 } named ? ReadCurrency(named) : (Currency?)null;
        var (amount, suffix) = Amount("price_per_unit", value);
        if (suffix is { } other && currency is { } own && other != own)
        {
            throw Wrong("currency", "disagrees with the currency after price_per_unit");
        }

        if (amount < 0)
        {
            throw Wrong("price_per_unit", "must not be negative");
        }

        decimal pixels = 1m;
        if (Has("pixels_per_unit", out var pixelsValue))
        {
            (pixels, var unit) = Amount("pixels_per_unit", pixelsValue);
            if (pixels <= 0 || unit is not null)
            {
                throw Wrong("pixels_per_unit", "must be a number above zero");
            }
        }

        return new(amount, pixels, suffix ?? currency ?? Currency.Wei);
    }

    public OperatorFileException Wrong(string field, string what) => new($"{Name}: {field} {what}.");

    private (decimal Amount, Currency? Suffix) Amount(string field, JsonElement value)
    {
        string text = value.ValueKind switch
        {
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.String => value.GetString()!.Trim(),
            _ => throw Wrong(field, "must be a number"),
        };
        Currency? suffix = null;
        foreach (var (name, currency) in Currencies)
        {
            if (value.ValueKind == JsonValueKind.String && text.EndsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                suffix = currency;
                text = text[..^name.Length].TrimEnd();
                break;
            }
        }

        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal amount))
        {
            throw Wrong(field, $"must be a number, not \"{text}\"");
        }

        // A number too small for the type would silently become a price of zero.
        return amount == 0 && text.Split('e', 'E')[0].Any(digit => digit is >= '1' and <= '9')
            ? throw Wrong(field, $"is too small to be kept exactly: \"{text}\"")
            : (amount, suffix);
    }

    private Currency ReadCurrency(string named)
    {
        foreach (var (name, currency) in Currencies)
        {
            if (named.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return currency;
            }
        }

        throw Wrong("currency", $"must be wei, eth or USD, not \"{named}\"");
    }

    private bool Has(string field, out JsonElement value) =>
        entry.TryGetProperty(field, out value) && value.ValueKind != JsonValueKind.Null;
}
