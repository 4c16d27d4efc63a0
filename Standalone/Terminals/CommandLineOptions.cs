using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace ImageToText.Standalone.Terminals;

/// <summary>Options and arguments that several commands share.</summary>
internal static class CommandLineOptions
{
    /// <summary>A whole number within bounds.</summary>
    public static Option<int> Number(string name, string[] aliases, string description, int least, int most, int fallback) =>
        new(name, aliases)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => fallback,
            CustomParser = result =>
            {
                string text = result.Tokens.Single().Value;
                if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most)
                {
                    return value;
                }

                result.AddError($"{name} is '{text}': give {least} to {most}.");
                return fallback;
            },
        };

    /// <summary>One name of an enumeration; the first one is the default.</summary>
    public static Option<T> Choice<T>(string name, string description)
        where T : struct, Enum
    {
        var option = new Option<T>(name)
        {
            Description = description,
            HelpName = string.Join('|', Words<T>()),
            CustomParser = result => ReadWord<T>(result, name, result.Tokens.Single().Value),
        };
        option.CompletionSources.Add(Words<T>());
        return option;
    }

    /// <summary>Several names of an enumeration, as a repeated option or separated by commas.</summary>
    public static Option<T[]> Choices<T>(string name, string description)
        where T : struct, Enum
    {
        var option = new Option<T[]>(name)
        {
            Description = description,
            HelpName = string.Join('|', Words<T>()),
            CustomParser = result =>
                [.. result.Tokens.SelectMany(static token => token.Value.Split(',')).Select(word => ReadWord<T>(result, name, word))],
        };
        option.CompletionSources.Add(Words<T>());
        return option;
    }

    private static string[] Words<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(static word => word.ToLowerInvariant())];

    private static T ReadWord<T>(ArgumentResult result, string name, string word)
        where T : struct, Enum
    {
        if (Words<T>().Contains(word, StringComparer.OrdinalIgnoreCase))
        {
            return Enum.Parse<T>(word, ignoreCase: true);
        }

        result.AddError($"{name} is '{word}': give one of {string.Join(", ", Words<T>())}.");
        return default;
    }

    /// <summary>Refuses a mistyped option that would be taken for a file.</summary>
    public static T FilesOnly<T>(this T argument)
        where T : Argument
    {
        argument.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (token.Value.Length > 1 && token.Value[0] == '-' && !File.Exists(token.Value))
                {
                    result.AddError($"There is no option '{token.Value}'.");
                }
            }
        });
        return argument;
    }
}
