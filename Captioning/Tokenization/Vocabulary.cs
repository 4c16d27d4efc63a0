namespace ImageToText.Captioning.Tokenization;

/// <summary>Pieces by id, gathered from a file.</summary>
/// <param name="file">The file's path.</param>
/// <param name="key">Where the file has the pieces.</param>
internal sealed class Vocabulary(string file, string key)
{
    /// <summary>No vocabulary comes near this. It keeps a damaged file from asking for gigabytes.</summary>
    public const int MaxPieces = 1_000_000;

    private readonly Dictionary<int, string> _byId = [];

    /// <summary>Adds a piece.</summary>
    /// <exception cref="ModelFormatException">It is empty, or its id is taken.</exception>
    public void Add(string piece, int id)
    {
        if (piece.Length == 0)
        {
            throw new ModelFormatException($"{file}: {key}: the piece with id {id} is empty.");
        }

        if (!_byId.TryAdd(id, piece) && _byId[id] != piece)
        {
            throw new ModelFormatException($"{file}: {key}: \"{_byId[id]}\" and \"{piece}\" have the same id {id}.");
        }
    }

    /// <summary>The pieces by id; null if an id has none.</summary>
    /// <exception cref="ModelFormatException">There are none at all.</exception>
    public string?[] ToPieces()
    {
        if (_byId.Count == 0)
        {
            throw new ModelFormatException($"{file}: {key} is empty.");
        }

        string?[] pieces = new string?[_byId.Keys.Max() + 1];
        foreach ((int id, string piece) in _byId)
        {
            pieces[id] = piece;
        }

        return pieces;
    }
}
