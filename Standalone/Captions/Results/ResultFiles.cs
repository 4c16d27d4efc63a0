using ImageToText.Captioning;

namespace ImageToText.Standalone.Captions.Results;

/// <summary>All files to which one run writes captions.</summary>
internal sealed class ResultFiles : IDisposable
{
    private readonly CaptionWording _wording;
    private readonly TextSidecar? _sidecar;
    private readonly List<IResultFile> _files = [];

    /// <exception cref="ResultFileException">A file can't be opened or continued.</exception>
    public ResultFiles(ResultSettings settings, CaptionWording wording, bool details)
    {
        _wording = wording;
        if (settings.Sidecar is { } ending)
        {
            _files.Add(_sidecar = new TextSidecar(ending, settings.Append, settings.SkipExisting));
        }

        if (settings.Xmp)
        {
            _files.Add(new XmpSidecar(settings.SkipExisting));
        }

        if (settings.JsonLines is { } path)
        {
            _files.Add(new JsonLinesFile(path, settings.Resume, details));
        }
    }

    /// <summary>Returns whether there is nothing left to write for a picture.</summary>
    /// <exception cref="ResultFileException">Its files can't be written, which is known before it is captioned.</exception>
    public bool HasAll(string picture)
    {
        _sidecar?.Claim(picture);
        return _files.Count > 0 && _files.All(file => file.Has(picture));
    }

    /// <summary>Writes a picture's caption to the files that lack it.</summary>
    /// <exception cref="ResultFileException">One of them can't be written.</exception>
    public void Write(string picture, Caption caption)
    {
        string text = _wording.Apply(caption.Text);
        foreach (var file in _files.Where(file => !file.Has(picture)))
        {
            file.Write(picture, text, caption);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(static file => file.Dispose());
}
