using System.CommandLine;
using System.Globalization;

namespace ImageToText.Standalone.Terminals;

/// <summary>Kinds of options and arguments that several commands have.</summary>
internal static class CommandLineOptions
{
    /// <summary>A whole number within bounds.</summary>
    public static Option<int> Number(string name, string[] aliases, string description, int least, int most, int fallback) => new(name, aliases)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => fallback,
        CustomParser = result =>
        {
            var text = result.Tokens.Single().Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most) return value;
            result.AddError($"{name} is '{text}': give {least} to {most}.");
            return fallback;
        },
    };

    /// <summary>Refuses a mistyped option that would be taken for a file.</summary>
    public static T FilesOnly<T>(this T argument) where T : Argument
    {
        argument.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
                if (token.Value.Length > 1 && token.Value[0] == '-' && !File.Exists(token.Value)) result.AddError($"There is no option '{token.Value}'.");
        });
        return argument;
    }
}
