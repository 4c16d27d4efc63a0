using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ImageToText.Captioning;
using ImageToText.Standalone.PictureFiles;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Models.References;

/// <summary>models check MODEL --against FILE: captions the file's pictures and compares the captions with transformers'.</summary>
internal sealed class ReferenceCheck(Engine engine, Terminal terminal)
{
    /// <returns>Failure if a caption differs.</returns>
    /// <exception cref="CommandException">The file can't be used.</exception>
    public async Task<int> RunAsync(LocatedModel located, ReferenceCheckSettings settings, CancellationToken cancellationToken)
    {
        var document = ReferenceFile.Read(settings.Path, settings.Pictures);
        var options = new CaptionerOptions
        {
            ModelId = located.Id,
            Precision = settings.Precision,
            Provider = settings.Provider,
        };
        await using var captioner = await engine.LoadAsync(located.Folder, options, cancellationToken);
        int different = 0;
        foreach (var expected in document.Cases!)
        {
            var result = await CompareAsync(captioner, expected, options, settings.Tolerance, cancellationToken);
            different += result.Equal ? 0 : 1;
            Write(result, settings.Json);
        }

        string version = document.Transformers is { } named ? $"transformers {named}" : "transformers";
        int cases = document.Cases.Count;
        terminal.WriteError(different == 0 ? $"{cases} of {cases} equal {version}'s." : $"{different} of {cases} differ from {version}'s.");
        return different == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private static async Task<CaseResult> CompareAsync(
        ICaptioner captioner,
        ReferenceCase expected,
        CaptionerOptions options,
        double tolerance,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var stream = File.OpenRead(expected.Image);
            var bytes = await PictureFileReader.ReadAsync(stream, options.ImageLimits, cancellationToken);
            var caption = await captioner.CaptionAsync(bytes, expected.Request, cancellationToken);
            var logits = expected.FirstLogits is { Count: > 0 }
                ? await captioner.FirstLogitsAsync(bytes, expected.Request, cancellationToken)
                : [];
            return CaseResult.Of(expected, caption, logits, tolerance);
        }
        catch (Exception refusal) when (refusal is ImageException or CaptionOptionException or IOException)
        {
            return new CaseResult
            {
                Image = Path.GetFileName(expected.Image),
                Mode = expected.Mode,
                Prompt = expected.Prompt,
                Difference = refusal.Message,
            };
        }
    }

    private void Write(CaseResult result, bool json)
    {
        if (json)
        {
            terminal.WriteLine(JsonSerializer.Serialize(result, CaseResultJson.Default.CaseResult));
            return;
        }

        string prompt = result.Prompt is null ? "" : $" \"{result.Prompt}\"";
        string mode = string.IsNullOrEmpty(result.Mode) ? "" : $" {result.Mode}";
        string verdict = result.Difference is { } difference ? $"different: {difference}" : "equal";
        string[] distances =
        [
            .. Distance("first logits", result.FirstLogits),
            .. Distance("log-probabilities", result.LogProbabilities),
            .. Distance("score", result.Score),
        ];
        string listed = distances.Length == 0 ? "" : $" (distance of {string.Join(", ", distances)})";
        terminal.WriteLine($"{result.Image}{mode}{prompt}: {verdict}{listed}");
    }

    private static IEnumerable<string> Distance(string what, double? distance) =>
        distance is { } value
            ? [string.Create(CultureInfo.InvariantCulture, $"{what} {(value == double.MaxValue ? "beyond measure" : $"{value:0.000000}")}")]
            : [];
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(CaseResult))]
internal sealed partial class CaseResultJson : JsonSerializerContext;
