using System.Collections.Frozen;
using System.Text;

namespace ImageToText.Captioning.Tokenization;

/// <summary>The tokenizer of a model folder, of any kind. Immutable and safe to use from many threads.</summary>
internal sealed class CaptionTokenizer : ITokenizer
{
    private readonly string?[] _pieces;
    private readonly FrozenDictionary<string, int> _ids;
    private readonly bool[] _isControl;
    private readonly int? _unknownId;
    private readonly TokenFrame _frame;
    private readonly AddedTokenFinder _words;
    private readonly AddedTokenFinder _marks;
    private readonly AddedTokenFinder _normalizedMarks;

    private CaptionTokenizer(TokenizerFiles files)
    {
        var settings = files.Settings;
        _pieces = files.Pieces;
        _ids = files.Ids;
        _isControl = [.. _pieces.Select(piece => piece is not null && settings.ControlTokens.Contains(piece))];
        _unknownId = settings.Named.GetValueOrDefault("unk_token") is { } unknown && _ids.TryGetValue(unknown, out int id) ? id : null;
        _frame = files.Frame;
        Scheme = files.Scheme;
        CleanUpSpaces = settings.CleanUpSpaces;

        (AddedToken Token, int Id)[] added =
        [
            .. settings.Added.Where(token => _ids.ContainsKey(token.Content)).Select(token => (token, _ids[token.Content])),
        ];
        _words = new AddedTokenFinder(added.Where(entry => !entry.Token.IsSpecial));
        _marks = new AddedTokenFinder(added.Where(entry => !entry.Token.IsNormalized));
        _normalizedMarks = new AddedTokenFinder(
            added
                .Where(entry => entry.Token.IsNormalized)
                .Select(entry => (entry.Token with { Content = Scheme.Normalize(entry.Token.Content) }, entry.Id))
                .Where(entry => entry.Item1.Content.Length > 0)
        );
    }

    /// <inheritdoc/>
    public int VocabularySize => _pieces.Length;

    /// <inheritdoc/>
    public IReadOnlyList<int> Opening => _frame.Opening;

    /// <inheritdoc/>
    public IReadOnlyList<int> Closing => _frame.Closing;

    /// <summary>Whether spaces before contractions are also removed after decoding.</summary>
    public bool CleanUpSpaces { get; }

    /// <summary>What its kind does with plain text.</summary>
    public ITokenScheme Scheme { get; }

    /// <summary>Reads the tokenizer's files, whichever the folder has.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="more">Control tokens that the family adds; their ids follow the vocabulary's.</param>
    /// <exception cref="ModelFormatException">
    /// There is no vocabulary, or a file can't be read; the message names the file and the line or key.
    /// </exception>
    public static CaptionTokenizer Load(string folder, IReadOnlyList<string>? more = null)
    {
        try
        {
            return new CaptionTokenizer(TokenizerFiles.Read(folder, more ?? []));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{folder}: the vocabulary can't be read: {fault.Message}", fault);
        }
    }

    /// <inheritdoc/>
    public int[] Encode(string text)
    {
        var ids = new List<int>();
        foreach ((string stretch, int? added) in _words.Split(text))
        {
            if (added is { } id)
            {
                ids.Add(id);
                continue;
            }

            EncodePlain(stretch, ids);
        }

        return [.. ids];
    }

    /// <inheritdoc/>
    public int[] EncodePlain(string text)
    {
        var ids = new List<int>();
        EncodePlain(text, ids);
        return [.. ids];
    }

    /// <inheritdoc/>
    public int[] EncodeMarked(string text)
    {
        var ids = new List<int>();
        foreach ((string stretch, int? mark) in _marks.Split(text))
        {
            if (mark is { } id)
            {
                ids.Add(id);
                continue;
            }

            foreach ((string plain, int? normalizedMark) in _normalizedMarks.Split(Scheme.Normalize(stretch)))
            {
                if (normalizedMark is { } other)
                {
                    ids.Add(other);
                }
                else
                {
                    Scheme.Encode(plain, ids.Count == 0, ids);
                }
            }
        }

        return [.. ids];
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, TextForm form = TextForm.Caption)
    {
        var text = StartText(form);
        var whole = new StringBuilder();
        foreach (int id in ids)
        {
            whole.Append(text.Append(id));
        }

        return whole.Append(text.Finish()).ToString();
    }

    /// <inheritdoc/>
    public IncrementalText StartText(TextForm form = TextForm.Caption) => new(this, form);

    /// <inheritdoc/>
    public bool TryGetId(string piece, out int id) => _ids.TryGetValue(piece, out id);

    /// <inheritdoc/>
    public IReadOnlyList<int[]> Spell(string word)
    {
        var found = new List<int[]>();
        if (Scheme.Words is { } form)
        {
            Spell(form.Start + word, 0, form.Continuation, [], found);
        }

        return found;
    }

    /// <summary>The piece with this id; null if it is not to be shown or the id is outside the vocabulary.</summary>
    internal string? GetPiece(int id, TextForm form) =>
        (uint)id < (uint)_pieces.Length && (form == TextForm.Marked || !_isControl[id]) ? _pieces[id] : null;

    private void EncodePlain(string text, List<int> ids)
    {
        int first = ids.Count;
        Scheme.Encode(Scheme.Normalize(text), first == 0, ids);
        for (int i = first; i < ids.Count; i++)
        {
            // A control token could still be spelled if the vocabulary has it as a plain word.
            ids[i] = _isControl[ids[i]] ? _unknownId ?? -1 : ids[i];
        }

        ids.RemoveAll(static id => id < 0);
    }

    /// <param name="word">The word and what comes before its first letter.</param>
    /// <param name="from">Where the next piece starts.</param>
    /// <param name="continuation">What all pieces except the first begin with.</param>
    /// <param name="ids">The pieces so far.</param>
    /// <param name="found">Receives complete spellings.</param>
    private void Spell(string word, int from, string continuation, List<int> ids, List<int[]> found)
    {
        if (from == word.Length)
        {
            found.Add([.. ids]);
            return;
        }

        for (int end = from + 1; end <= word.Length; end++)
        {
            if (TryGetId((from == 0 ? "" : continuation) + word[from..end], out int id))
            {
                ids.Add(id);
                Spell(word, end, continuation, ids, found);
                ids.RemoveAt(ids.Count - 1);
            }
        }
    }
}
