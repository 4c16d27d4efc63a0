using System.Text.Json;
using ImageToText.Captioning;

namespace ImageToText.Standalone.Captions.Results;

/// <summary>
/// A file with one JSON object per picture, written as captions arrive. When the file is continued, a line that a killed process
/// left unfinished is removed.
/// </summary>
internal sealed class JsonLinesFile : IResultFile
{
    private readonly HashSet<string> _done = new(StringComparer.Ordinal);
    private readonly FileStream _stream;
    private readonly bool _details;

    /// <param name="path">The file.</param>
    /// <param name="resume">Whether to continue it.</param>
    /// <param name="details">Whether lines have details.</param>
    /// <exception cref="ResultFileException">The file has content and is not to be continued, or it can't be written.</exception>
    public JsonLinesFile(string path, bool resume, bool details)
    {
        _details = details;
        try
        {
            _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ResultFileException($"{path}: can't be written. {e.Message}", e);
        }

        if (_stream.Length > 0 && !resume)
        {
            _stream.Dispose();
            throw new ResultFileException($"{path}: is not empty. Add --resume to continue it, or name another file.");
        }

        Continue(path);
    }

    /// <inheritdoc/>
    public bool Has(string picture) => _done.Contains(picture);

    /// <inheritdoc/>
    public void Write(string picture, string text, Caption caption)
    {
        byte[] line = [.. CaptionLine.Serialize(picture, text, caption, _details), (byte)'\n'];
        try
        {
            // Each line is one write, straight to the file. Whatever ends the process, earlier lines are complete.
            _stream.Write(line);
        }
        catch (IOException e)
        {
            throw new ResultFileException($"{_stream.Name}: can't be written. {e.Message}", e);
        }

        _done.Add(picture);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private void Continue(string path)
    {
        _stream.SetLength(EndOfLastWholeLine());
        _stream.Seek(0, SeekOrigin.Begin);
        using var reader = new StreamReader(_stream, leaveOpen: true);
        for (int number = 1; reader.ReadLine() is { } line; number++)
        {
            try
            {
                using var json = JsonDocument.Parse(line);
                _done.Add(json.RootElement.GetProperty("path").GetString() ?? throw new KeyNotFoundException());
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                _stream.Dispose();
                throw new ResultFileException($"{path}: line {number} is not a caption of an earlier run. Name another file.", e);
            }
        }

        _stream.Seek(0, SeekOrigin.End);
    }

    private long EndOfLastWholeLine()
    {
        byte[] block = new byte[4096];
        for (long end = _stream.Length; end > 0; )
        {
            long start = Math.Max(0, end - block.Length);
            var read = block.AsSpan(0, (int)(end - start));
            _stream.Seek(start, SeekOrigin.Begin);
            _stream.ReadExactly(read);
            int lineFeed = read.LastIndexOf((byte)'\n');
            if (lineFeed >= 0)
            {
                return start + lineFeed + 1;
            }

            end = start;
        }

        return 0;
    }
}
