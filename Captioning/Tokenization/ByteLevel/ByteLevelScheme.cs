using System.Text;

namespace ImageToText.Captioning.Tokenization.ByteLevel;

/// <summary>Byte-level BPE (GPT-2, RoBERTa, BART, OPT, SmolLM): words of bytes, merged pair by pair.</summary>
internal sealed class ByteLevelScheme : ITokenScheme
{
    private readonly ByteLevelModel _model;
    private readonly PairMerger _merger;

    public ByteLevelScheme(ByteLevelModel model)
    {
        _model = model;
        _merger = new PairMerger(model);
    }

    /// <inheritdoc/>
    public WordForm? Words => new WordForm(ByteSymbols.Space, "");

    /// <inheritdoc/>
    public string Normalize(string text) => text;

    /// <inheritdoc/>
    public void Encode(string text, bool isFirst, List<int> ids)
    {
        foreach ((int from, int length) in _model.SplitDigits ? WordSplitter.SplitDigits(text) : [(0, text.Length)])
        {
            string stretch = text.Substring(from, length);
            if (_model.AddPrefixSpace && !stretch.StartsWith(' '))
            {
                stretch = " " + stretch;
            }

            foreach ((int start, int count) in _model.SplitWords ? WordSplitter.Split(stretch) : [(0, stretch.Length)])
            {
                _merger.Merge(ByteSymbols.Write(stretch.Substring(start, count)), ids);
            }
        }
    }

    /// <inheritdoc/>
    public IPieceJoiner StartJoining() => new ByteLevelJoiner();

    /// <summary>
    /// Turns bytes into text. A character appears when its last byte has arrived; invalid UTF-8 becomes U+FFFD.
    /// </summary>
    private sealed class ByteLevelJoiner : IPieceJoiner
    {
        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

        public string Add(string piece) => Decode(ByteSymbols.Read(piece), isLast: false);

        public string End() => Decode([], isLast: true);

        private string Decode(ReadOnlySpan<byte> bytes, bool isLast)
        {
            char[] text = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length + 3)];
            return new string(text, 0, _decoder.GetChars(bytes, text, isLast));
        }
    }
}
