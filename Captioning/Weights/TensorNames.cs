using System.Text.RegularExpressions;

namespace ImageToText.Captioning.Weights;

/// <summary>
/// Other spellings of tensor names, for checkpoints from other times or tools. Each rule turns the beginning of a name, made of
/// whole parts between dots, into another. In a rule, # stands for a number, and a leading ** for any number of parts, including
/// none; what they match is kept. The rules apply in order, each to the result of the earlier ones.
/// </summary>
internal sealed class TensorNames
{
    private readonly (string From, string To)[] _rules;
    private readonly Regex[] _patterns;

    /// <summary>Creates a table.</summary>
    /// <param name="rules">A spelling and its replacement; empty: the beginning is removed.</param>
    public TensorNames(params IEnumerable<(string From, string To)> rules)
    {
        _rules = [.. rules];
        _patterns = [.. _rules.Select(static rule => Pattern(rule.From))];
    }

    /// <summary>The name that a graph uses for a tensor.</summary>
    public string Canonical(string name)
    {
        for (int i = 0; i < _rules.Length; i++)
        {
            if (_patterns[i].Match(name) is { Success: true } match)
            {
                name = Replace(name, match, _rules[i].To);
            }
        }

        return name;
    }

    /// <summary>This table's rules, followed by another's.</summary>
    public TensorNames Then(TensorNames other) => new(_rules.Concat(other._rules));

    /// <summary>The table for names that have these as their ends, after another part.</summary>
    public TensorNames Under(string part) =>
        new(_rules.Select(rule => ($"{part}.{rule.From}", rule.To.Length == 0 ? part : $"{part}.{rule.To}")));

    // Linear in the name's length, whatever it contains.
    private static Regex Pattern(string from)
    {
        var parts = from.Split('.')
            .Select(static part =>
                part switch
                {
                    "#" => "([0-9]+)\\.",
                    "**" => "((?:[^.]+\\.)*)",
                    _ => $"{Regex.Escape(part)}\\.",
                }
            );
        return new Regex($"^{string.Concat(parts)[..^2]}(\\.|$)", RegexOptions.CultureInvariant);
    }

    private static string Replace(string name, Match match, string to)
    {
        int group = 0;
        string beginning = string.Concat(
            to.Split('.')
                .Select(part =>
                    part switch
                    {
                        "#" => $"{match.Groups[++group].Value}.",
                        "**" => match.Groups[++group].Value,
                        "" => "",
                        _ => $"{part}.",
                    }
                )
        );
        string rest = name[match.Length..];
        return rest.Length > 0 ? beginning + rest : beginning.TrimEnd('.');
    }
}
