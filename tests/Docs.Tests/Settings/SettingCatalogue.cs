using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ImageToText.Docs.Tests.Settings;

/// <summary>One setting of the services, as defined in its options class.</summary>
/// <param name="Key">Its key. N and {id} are placeholders for list indexes and dictionary keys.</param>
/// <param name="Default">Its default as written in a configuration file, or empty for none.</param>
/// <param name="Meaning">Its description in the class.</param>
internal sealed record Setting(string Key, string Default, string Meaning);

/// <summary>The settings of one options class.</summary>
/// <param name="Section">The configuration section.</param>
/// <param name="Type">The class.</param>
/// <param name="Meaning">The class's description.</param>
/// <param name="Settings">Its settings in declaration order.</param>
internal sealed record SettingGroup(string Section, Type Type, string Meaning, IReadOnlyList<Setting> Settings);

/// <summary>All settings, read from the options classes and their documentation.</summary>
internal static partial class SettingCatalogue
{
    private static readonly string[] Assemblies = ["Gateway", "InferenceService", "PricingService", "ServiceDefaults"];

    private static readonly Dictionary<string, XElement> Documentation = Assemblies
        .Append("Captioning")
        .Append("Contracts")
        .SelectMany(static name => XDocument.Load(Path.Combine(AppContext.BaseDirectory, $"ImageToText.{name}.xml")).Descendants("member"))
        .GroupBy(static member => member.Attribute("name")!.Value, StringComparer.Ordinal)
        .ToDictionary(static members => members.Key, static members => members.First(), StringComparer.Ordinal);

    public static IReadOnlyList<SettingGroup> Groups { get; } =
    [
        .. Assemblies
            .SelectMany(static name => Assembly.Load("ImageToText." + name).GetTypes())
            .Where(static type =>
                type is { IsClass: true, IsNested: false, IsAbstract: false } && type.Name.EndsWith("Options", StringComparison.Ordinal)
            )
            .Select(static type => (Type: type, Section: SectionOf(type)))
            .Where(static found => found.Section is not null)
            .OrderBy(static found => found.Section, StringComparer.Ordinal)
            .Select(static found => new SettingGroup(
                found.Section!,
                found.Type,
                Documented(found.Type),
                [.. Read(found.Type, found.Section!, Activator.CreateInstance(found.Type)!)]
            )),
    ];

    /// <summary>Whether a key, as the docs or a reader may write it, is a setting or a section.</summary>
    public static bool Knows(string key)
    {
        string[] parts = key.Split(':');
        return Groups.SelectMany(static group => group.Settings).Any(setting => Leads(setting.Key.Split(':'), parts));

        // Numbers and names replace N and {id}. A key may end at a section.
        static bool Leads(string[] setting, string[] parts) =>
            parts.Length <= setting.Length
            && parts
                .Zip(setting)
                .All(static pair => pair.Second is "N" or "{id}" || pair.First.Equals(pair.Second, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The section's name comes from the class's constant or its summary.</summary>
    private static string? SectionOf(Type type) =>
        type.GetField("Section", BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)?.GetRawConstantValue() as string
        ?? (
            Documentation.TryGetValue("T:" + type.FullName, out var member)
            && SectionName().Match(string.Concat(member.Elements("summary").Nodes())) is { Success: true } match
                ? match.Groups[1].Value
                : null
        );

    private static IEnumerable<Setting> Read(Type type, string section, object defaults)
    {
        foreach (
            var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .OrderBy(static property => property.MetadataToken)
        )
        {
            string key = $"{section}:{property.Name}";
            object? value = property.GetValue(defaults);
            if (property.CanWrite)
            {
                yield return new(key, Shown(value), Documented(property));
                continue;
            }

            // Without a setter, only collections are bound.
            if (value is not IEnumerable || property.PropertyType.GetGenericArguments() is not [.., var element])
            {
                continue;
            }

            key += value is IDictionary ? ":{id}" : ":N";
            if (element == typeof(string) || element == typeof(decimal) || element.IsEnum)
            {
                yield return new(key, "", Documented(property));
                continue;
            }

            foreach (var setting in Read(element, key, Activator.CreateInstance(element, nonPublic: true)!))
            {
                yield return setting;
            }
        }
    }

    private static string Shown(object? value) =>
        value switch
        {
            null or "" => "",
            bool flag => flag ? "true" : "false",
            Enum named => named.ToString(),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };

    private static string Documented(MemberInfo member)
    {
        string id = member is Type type ? "T:" + type.FullName : $"P:{member.DeclaringType!.FullName!.Replace('+', '.')}.{member.Name}";
        if (!Documentation.TryGetValue(id, out var documented))
        {
            return "";
        }

        string words = Spaces()
            .Replace(string.Concat(documented.Element("summary")!.Nodes().Select(Text)), " ")
            .Trim()
            .Replace("|", "\\|", StringComparison.Ordinal);
        string choices = (
            Nullable.GetUnderlyingType((member as PropertyInfo)?.PropertyType ?? typeof(void)) ?? (member as PropertyInfo)?.PropertyType
        )
            is { IsEnum: true } choice
            ? $" One of {string.Join(", ", Enum.GetNames(choice).Select(static name => $"`{name}`"))}."
            : "";
        string range = member.GetCustomAttribute<RangeAttribute>() is { } limits
            ? string.Create(CultureInfo.InvariantCulture, $" From {limits.Minimum} to {limits.Maximum}.")
            : "";
        return words + choices + range;
    }

    private static string Text(XNode node) =>
        node switch
        {
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement { Name.LocalName: "see" } see when see.Attribute("cref") is { } reference => $"`{reference.Value.Split('.')[^1]}`",
            XElement { Name.LocalName: "see" } see => $"`{see.Attribute("langword")?.Value}`",
            XElement element => element.Value,
            XText text => text.Value,
            _ => "",
        };

    [GeneratedRegex(@"<c>((?:Gateway|Inference|Pricing|ServiceDefaults)(?::\w+)*)</c>")]
    private static partial Regex SectionName();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
