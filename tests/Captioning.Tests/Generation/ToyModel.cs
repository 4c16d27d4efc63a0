using ImageToText.Captioning.Generation;

namespace ImageToText.Captioning.Tests.Generation;

/// <summary>A language model that is a function: its logits depend only on the token history, and no two are equal.</summary>
internal sealed class ToyModel(int vocabulary, int seed, float closingBias = 0, int endId = ToyModel.ClosingId)
{
    public const int ClosingId = 3;

    public int Vocabulary => vocabulary;

    public float[] Logits(ReadOnlySpan<int> history)
    {
        ulong state = (ulong)seed * 0x9E3779B97F4A7C15 + 1;
        foreach (int id in history)
        {
            state = (state ^ (ulong)id) * 0x100000001B3;
            state ^= state >> 29;
        }

        float[] logits = new float[vocabulary];
        for (int id = 0; id < vocabulary; id++)
        {
            state = state * 6364136223846793005 + 1442695040888963407;
            logits[id] = (float)((state >> 40) / (double)(1 << 24) * 8 - 4);
        }

        logits[endId] += closingBias;
        return logits;
    }

    /// <summary>
    /// Runs a search as the scheduler does, and keeps for each row the history that its keys and values stand for.
    /// </summary>
    public IReadOnlyList<GeneratedSequence> Run(TokenSearch search, int[] startIds, Action<TokenSearch>? afterStep = null)
    {
        search.Advance(Logits(startIds));
        afterStep?.Invoke(search);
        List<int>[] histories =
        [
            [.. startIds],
        ];
        while (!search.IsFinished)
        {
            int[] parents = search.Parents.ToArray();
            int[] next = search.NextTokens.ToArray();
            Assert.Equal(search.Rows, parents.Length);
            Assert.Equal(search.Rows, next.Length);
            var previous = histories;
            histories = [.. parents.Select((parent, row) => (List<int>)[.. previous[parent], next[row]])];
            float[] logits = [.. histories.SelectMany(history => Logits(history.ToArray()))];
            search.Advance(logits);
            afterStep?.Invoke(search);
        }

        return search.GetResults();
    }

    public static GenerationSettings Settings(int beams = 1, int maxNewTokens = 8) =>
        new()
        {
            NumBeams = beams,
            NumReturnSequences = 1,
            MaxNewTokens = maxNewTokens,
            MinNewTokens = 0,
            LengthPenalty = 1,
            EarlyStopping = EarlyStopping.Heuristic,
            RepetitionPenalty = 1,
            NoRepeatNgramSize = 0,
            DoSample = false,
            Temperature = 1,
            TopK = 0,
            TopP = 1,
            Seed = null,
            SuppressDefectWords = false,
        };

    public TokenSearch Search(GenerationSettings settings, int[] startIds, DefectWords? words = null) =>
        new TokenSearchFactory(endId, vocabulary, words ?? DefectWords.None).Create(settings, startIds);

    public TokenSearch Search(GenerationSettings settings, int[] startIds, GenerationTokens tokens) =>
        new TokenSearchFactory(tokens, vocabulary, DefectWords.None).Create(settings, startIds);
}
