using System.Text.Json;
using System.Text.Json.Nodes;
using ImageToText.Captioning;

namespace ImageToText.Standalone.Models.References;

/// <summary>Reads the captions that transformers wrote. Whatever can't be used is refused before a model is loaded.</summary>
internal static class ReferenceFile
{
    private const string Remedy = "Write the file with docs/scripts/transformers_expected.py.";

    /// <param name="path">The file.</param>
    /// <param name="pictures">The folder of its pictures; null: the file's own.</param>
    /// <exception cref="CommandException">The file, or one of its pictures, can't be used.</exception>
    public static ReferenceDocument Read(string path, string? pictures)
    {
        var document = Parse(path);
        if (document?.Cases is not { Count: > 0 } cases)
        {
            throw Unusable(path, "it has no cases", Remedy);
        }

        string folder = pictures ?? Path.GetDirectoryName(Path.GetFullPath(path))!;
        return document with { Cases = [.. cases.Select((expected, place) => Check(expected, $"{path}: case {place + 1}", folder))] };
    }

    private static ReferenceDocument? Parse(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), ReferenceJson.Default.ReferenceDocument);
        }
        catch (JsonException fault)
        {
            throw Unusable(path, $"line {(fault.LineNumber ?? 0) + 1}, {fault.Path ?? "$"}: {fault.Message}", Remedy);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, fault.Message, Remedy);
        }
    }

    private static ReferenceCase Check(ReferenceCase? expected, string place, string folder)
    {
        if (expected is null)
        {
            throw Unusable(place, "it is null", Remedy);
        }

        if (!expected.Sequence.AsSpan().StartsWith(expected.StartIds))
        {
            throw Unusable(place, "its sequence doesn't begin with its start_ids", Remedy);
        }

        string picture = Path.Combine(folder, expected.Image);
        if (!File.Exists(picture))
        {
            throw Unusable(place, $"its picture {expected.Image} is not in {folder}", "Name the folder of the pictures with --pictures.");
        }

        return expected with
        {
            Image = picture,
            Request = Request(expected, place),
        };
    }

    private static CaptionOptions Request(ReferenceCase expected, string place)
    {
        try
        {
            var options = expected.Options is { } given
                ? JsonObject.Create(given) ?? throw new JsonException("An object is expected.")
                : [];
            return CaptionOptions.Read(options) with
            {
                Prompt = expected.Prompt,
                MaxNewTokens = expected.MaxNewTokens,
                // transformers suppresses none.
                SuppressDefectWords = false,
            };
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw Unusable(place, $"its options can't be used: {fault.Message}", Remedy);
        }
    }

    private static CommandException Unusable(string place, string reason, string remedy) =>
        new($"{place} can't be used: {reason.TrimEnd('.')}. {remedy}", ExitCode.Usage);
}
