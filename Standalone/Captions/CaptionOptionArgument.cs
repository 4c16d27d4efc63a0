using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using ImageToText.Contracts;

namespace ImageToText.Standalone.Captions;

/// <summary>A caption option on the command line.</summary>
internal sealed class CaptionOptionArgument
{
    private readonly CaptionOption _option;
    private readonly Func<ParseResult, JsonValue?> _read;

    public CaptionOptionArgument(CaptionOption option)
    {
        _option = option;
        if (option.Kind == CaptionOptionKind.Boolean)
        {
            // A flag, so that a picture may follow it: --do-sample cat.png.
            var flag = new Option<bool?>(option.CommandLineName);
            Option = flag;
            _read = parsed => parsed.GetValue(flag) is { } value ? JsonValue.Create(option.OffFlag is null ? value : !value) : null;
        }
        else
        {
            var argument = new Option<JsonValue?>(option.CommandLineName) { CustomParser = Parse };
            argument.CompletionSources.Add([.. option.Choices]);
            Option = argument;
            _read = parsed => parsed.GetValue(argument);
        }

        Option.Description = DescriptionOf(option);
        Option.HelpName = option.Kind switch
        {
            CaptionOptionKind.Text => "TEXT",
            CaptionOptionKind.Boolean => option.OffFlag is null ? "true|false" : null,
            CaptionOptionKind.Choice => string.Join('|', option.Choices),
            CaptionOptionKind.Colour => $"{string.Join('|', option.Choices)}|#RRGGBB",
            CaptionOptionKind.Number => "X",
            _ => "N",
        };
        if (option.OffFlag is not null)
        {
            Option.Arity = ArgumentArity.Zero;
        }
    }

    /// <summary>The option's name in every API.</summary>
    public string Name => _option.Name;

    /// <summary>The command line's option.</summary>
    public Option Option { get; }

    /// <summary>The given value; null: none.</summary>
    public JsonValue? ValueIn(ParseResult parsed) => _read(parsed);

    private static string DescriptionOf(CaptionOption option)
    {
        if (option.OffFlag is not null)
        {
            return "Switched off: " + option.Explanation;
        }

        string?[] facts =
        [
            option.Kind is CaptionOptionKind.Integer or CaptionOptionKind.Number ? option.Expected : null,
            option.Default is { } value ? $"default: the model's, else {value}" : null,
        ];
        string told = string.Join("; ", facts.Where(static fact => fact is not null));
        return told.Length == 0 ? option.Explanation : $"{option.Explanation} ({told})";
    }

    private JsonValue? Parse(ArgumentResult argument)
    {
        string text = argument.Tokens.Single().Value;
        // The engine checks ranges, because some depend on the model.
        _ = _option.Read(text, out var value);
        if (value is null)
        {
            argument.AddError($"{_option.CommandLineName} is '{text}': give {_option.Expected}.");
        }

        return value;
    }
}
