using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ImageToText.Captioning;
using ImageToText.Captioning.Generation;
using ImageToText.Contracts;
using ClientOptions = ImageToText.Client.CaptionOptions;
using EngineOptions = ImageToText.Captioning.CaptionOptions;

namespace ImageToText.Docs.Tests.Options;

/// <summary>The table of caption options matches the engine, and records that don't read the table cover all of it.</summary>
public sealed class OptionTableTests
{
    private static readonly string[] NotOptions =
    [
        "model_id",
        "max_price_per_pixel",
        "details",
        "cache",
        "cache_use",
        "yields",
        // How clients of other services count tokens.
        "caps_new_tokens",
        "max_length",
        "min_length",
    ];

    public static TheoryData<string> Names { get; } = [.. CaptionOptionTable.All.Select(static option => option.Name)];

    [Fact]
    public void The_table_and_the_engine_have_the_same_options() =>
        Assert.Equal(
            GenerationLimits.All.Select(static limit => limit.Name).Order(StringComparer.Ordinal),
            CaptionOptionTable.All.Select(static option => option.Name).Order(StringComparer.Ordinal)
        );

    [Theory]
    [MemberData(nameof(Names))]
    public void Range_and_default_match_the_engine(string name)
    {
        var limit = GenerationLimits.All.Single(limit => limit.Name == name);
        var option = CaptionOptionTable.All.Single(option => option.Name == name);
        Assert.Equal(
            (limit.Least, limit.IsAboveLeast, limit.Most, TextOf(limit.Default)),
            (option.Least, option.IsAboveLeast, option.Most, option.Default)
        );
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_engine_accepts_it_by_name(string name)
    {
        var option = CaptionOptionTable.All.Single(option => option.Name == name);
        foreach (string sample in option.Kind is CaptionOptionKind.Choice ? option.Choices : [.. option.Choices, SampleOf(option)])
        {
            Assert.Equal(CaptionOptionFault.None, option.Read(sample, out var value));
            Assert.NotEqual(new EngineOptions(), EngineOptions.Read(new JsonObject { [name] = value }));
        }
    }

    [Theory]
    [InlineData(typeof(EngineOptions))]
    [InlineData(typeof(ClientOptions))]
    public void Option_records_have_exactly_one_property_per_option(Type record) =>
        Assert.Equal(
            CaptionOptionTable.All.Select(static option => option.Name).Order(StringComparer.Ordinal),
            record
                .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Select(static property => NameOf(property))
                .Except(NotOptions)
                .Order(StringComparer.Ordinal)
        );

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_default_is_a_valid_value(string name)
    {
        var option = CaptionOptionTable.All.Single(option => option.Name == name);
        Assert.True(option.Default is null || option.Read(option.Default, out _) == CaptionOptionFault.None);
    }

    private static string NameOf(PropertyInfo property) =>
        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);

    private static string? TextOf(object? value) =>
        value switch
        {
            null => null,
            bool flag => flag ? "true" : "false",
            EarlyStopping.WhenFull => "true",
            EarlyStopping.Heuristic => "false",
            EarlyStopping.Never => "never",
            SixteenBit bits => bits.ToString().ToLowerInvariant(),
            IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
            _ => value.ToString(),
        };

    private static string SampleOf(CaptionOption option) =>
        option.Kind switch
        {
            CaptionOptionKind.Text => "a photo of",
            CaptionOptionKind.Boolean => "true",
            CaptionOptionKind.Colour => "#ff8800",
            _ => "1",
        };
}
