namespace ImageToText.Captioning.Tokenization.Unigram;

/// <summary>SentencePiece's unigram: the likeliest of all ways to cut a word into pieces.</summary>
internal sealed class UnigramScheme(UnigramModel model, IReadOnlySet<string> controlTokens) : ITokenScheme
{
    private readonly PieceLattice _lattice = new(model, controlTokens);

    /// <inheritdoc/>
    public WordForm? Words => new WordForm(UnigramModel.Space.ToString(), "");

    /// <inheritdoc/>
    public string Normalize(string text) => model.Normalizers.Aggregate(text, (normalized, normalizer) => normalizer(normalized));

    /// <inheritdoc/>
    public void Encode(string text, bool isFirst, List<int> ids)
    {
        foreach (string stretch in model.SplitsAtWhiteSpace ? text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) : [text])
        {
            string word = stretch.Replace(' ', UnigramModel.Space);
            bool prefixed = model.Prefix == PrefixSpace.Always || (model.Prefix == PrefixSpace.First && isFirst);
            if (prefixed && !word.StartsWith(UnigramModel.Space))
            {
                word = UnigramModel.Space + word;
            }

            isFirst = false;
            for (int start = 0; start < word.Length; )
            {
                int space = model.SplitsAtSpaces ? word.IndexOf(UnigramModel.Space, start + 1) : -1;
                int end = space < 0 ? word.Length : space;
                _lattice.Cut(word.AsSpan(start, end - start), ids);
                start = end;
            }
        }
    }

    /// <inheritdoc/>
    public IPieceJoiner StartJoining() => new UnigramJoiner(model.Prefix != PrefixSpace.Never);

    /// <summary>A piece's spaces are spaces, except those with which the first piece begins a text.</summary>
    private sealed class UnigramJoiner(bool dropsFirst) : IPieceJoiner
    {
        private bool _begun = !dropsFirst;

        public void Begin() => _begun = true;

        public string Add(string piece)
        {
            string text = piece.Replace(UnigramModel.Space.ToString(), _begun ? " " : "", StringComparison.Ordinal);
            _begun = true;
            return text;
        }

        public string End() => "";
    }
}
