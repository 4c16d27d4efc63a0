using System.CommandLine;
using ImageToText.Captioning;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Models;

/// <summary>The options that choose a model and how to run it.</summary>
internal static class ModelCommandOptions
{
    public static Option<string> Model() =>
        new("--model", "-m")
        {
            Description =
                "A model's name (starter, or ORG/NAME after 'models pull') or a folder in Hugging Face's layout. Default: starter.",
            HelpName = "ID|FOLDER",
        };

    public static Option<Precision> Precision() =>
        CommandLineOptions.Choice<Precision>("--precision", "Number format of the large matrices. Default: f32.");

    public static Option<ProviderChoice> Provider() =>
        CommandLineOptions.Choice<ProviderChoice>("--provider", "Where to run; auto: CUDA if it works, else the CPU. Default: auto.");
}
