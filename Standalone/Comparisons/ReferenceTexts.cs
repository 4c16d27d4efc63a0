using System.Text;

namespace ImageToText.Standalone.Comparisons;

/// <summary>
/// Captions that people wrote, in files beside the pictures: for a.png in a.txt, else in a.caption, one per line.
/// </summary>
internal static class ReferenceTexts
{
    private static readonly string[] Extensions = [".txt", ".caption"];

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What was written about a picture; empty if there is nothing.</summary>
    /// <exception cref="CommandException">The file is not UTF-8 text.</exception>
    public static async Task<IReadOnlyList<string>> ReadAsync(string picture, CancellationToken cancellationToken)
    {
        string? file = Extensions.Select(extension => Path.ChangeExtension(picture, extension)).FirstOrDefault(File.Exists);
        if (file is null)
        {
            return [];
        }

        try
        {
            string text = await File.ReadAllTextAsync(file, Strict, cancellationToken);
            return text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }
        catch (DecoderFallbackException)
        {
            throw new CommandException($"{file} is not UTF-8 text: save it as UTF-8, or move it elsewhere if it holds no captions.");
        }
    }
}
