using System.Text;
using ImageToText.Captioning;

namespace ImageToText.Standalone.Captions.Results;

/// <summary>A text file beside each picture (a.png, a.txt): one line of UTF-8 without a byte order mark.</summary>
/// <param name="ending">The file's extension, with its dot.</param>
/// <param name="append">Whether to add the caption to the file's text.</param>
/// <param name="skipExisting">Whether to leave a file alone if it has text.</param>
internal sealed class TextSidecar(string ending, bool append, bool skipExisting) : IResultFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly Dictionary<string, string> _owners = new(
        OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase
    );

    /// <summary>Returns the text file of a picture.</summary>
    public string PathFor(string picture) => Path.ChangeExtension(picture, ending);

    /// <inheritdoc/>
    public bool Has(string picture) => skipExisting && new FileInfo(PathFor(picture)) is { Exists: true, Length: > 0 };

    /// <summary>Reserves a picture's text file for it.</summary>
    /// <exception cref="ResultFileException">Another picture of this run has the same text file.</exception>
    public void Claim(string picture)
    {
        string path = PathFor(picture);
        if (!_owners.TryAdd(path, picture) && _owners[path] != picture)
        {
            throw new ResultFileException(
                $"{picture}: its text file {Path.GetFileName(path)} belongs to {Path.GetFileName(_owners[path])}. Rename one of the two."
            );
        }
    }

    /// <inheritdoc/>
    public void Write(string picture, string text, Caption caption)
    {
        string path = PathFor(picture);
        string before = append ? Existing(path) : "";
        if (before.Length > 0)
        {
            // A resumed run finds the caption that it had added.
            if (before == text || before.EndsWith(" " + text, StringComparison.Ordinal))
            {
                return;
            }

            text = before + (before[^1] is '.' or ',' or ';' or ':' or '!' or '?' ? " " : ", ") + text;
        }

        SidecarFile.Write(path, Strict.GetBytes(text + "\n"));
    }

    /// <inheritdoc/>
    public void Dispose() { }

    private static string Existing(string path)
    {
        if (!File.Exists(path))
        {
            return "";
        }

        try
        {
            string text = Strict.GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF');
            return string.Join(
                ' ',
                text.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            );
        }
        catch (DecoderFallbackException e)
        {
            throw new ResultFileException($"{path}: is not UTF-8 and was left alone. Convert it, or run without --append.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ResultFileException($"{path}: can't be read. {e.Message}", e);
        }
    }
}
