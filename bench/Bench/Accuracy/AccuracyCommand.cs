using System.CommandLine;
using ImageToText.Bench.Results;

namespace ImageToText.Bench.Accuracy;

/// <summary>The accuracy of the eight-bit form, measured on the starter.</summary>
internal static class AccuracyCommand
{
    public static Command Create()
    {
        var starter = new Option<DirectoryInfo>("--starter")
        {
            Description = "The starter's folder",
            DefaultValueFactory = static _ => new DirectoryInfo(Path.Combine("models", "starter")),
        };
        var fixtures = CommonOptions.Fixtures();
        var command = new Command(
            "accuracy",
            "Compares the starter in int8 with float32: how many greedy captions stay the same, and the cosine of the logits."
        )
        {
            starter,
            fixtures,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                ResultFile.KeepAsync(
                    parsed,
                    "accuracy",
                    () =>
                        AccuracyBenchmark.RunAsync(
                            parsed.GetRequiredValue(starter).FullName,
                            parsed.GetRequiredValue(fixtures).FullName,
                            parsed.GetValue(CommonOptions.Short) ? 4 : int.MaxValue,
                            cancellationToken
                        )
                )
        );
        return command;
    }
}
