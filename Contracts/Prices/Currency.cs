using System.Text.Json.Serialization;

namespace ImageToText.Contracts.Prices;

/// <summary>The unit of a price, spelled as in operators' files: <c>wei</c>, <c>eth</c> or <c>USD</c>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Currency>))]
public enum Currency
{
    /// <summary>United States dollars.</summary>
    [JsonStringEnumMemberName("USD")]
    Usd,

    /// <summary>1e-18 ether.</summary>
    [JsonStringEnumMemberName("wei")]
    Wei,

    /// <summary>Ether.</summary>
    [JsonStringEnumMemberName("eth")]
    Eth,
}
