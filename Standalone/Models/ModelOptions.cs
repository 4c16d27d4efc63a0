using System.CommandLine;
using ImageToText.Captioning;

namespace ImageToText.Standalone.Models;

/// <summary>The options that say which model is run and how.</summary>
internal static class ModelOptions
{
    public static Option<string> Model() => new("--model", "-m")
    {
        Description = "A model's name (starter, or ORG/NAME after 'models pull') or a folder in Hugging Face's layout. Default: starter.",
        HelpName = "ID|FOLDER",
    };

    public static Option<Precision> Precision() => Choice<Precision>("--precision", "Number format of the large matrices. Default: f32.");

    public static Option<ProviderChoice> Provider() => Choice<ProviderChoice>("--provider", "Where to run; auto: CUDA where it works, else the CPU. Default: auto.");

    // The first name of each enumeration is what holds where the option is not given.
    private static Option<T> Choice<T>(string name, string description) where T : struct, Enum
    {
        var words = Enum.GetNames<T>().Select(word => word.ToLowerInvariant()).ToArray();
        var option = new Option<T>(name)
        {
            Description = description,
            HelpName = string.Join('|', words),
            CustomParser = result =>
            {
                var word = result.Tokens.Single().Value;
                if (words.Contains(word, StringComparer.OrdinalIgnoreCase)) return Enum.Parse<T>(word, ignoreCase: true);
                result.AddError($"{name} is '{word}': give one of {string.Join(", ", words)}.");
                return default;
            },
        };
        option.CompletionSources.Add(words);
        return option;
    }
}
