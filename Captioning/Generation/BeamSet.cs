namespace ImageToText.Captioning.Generation;

/// <summary>The beams of one step of a search. Two sets alternate, so that a step allocates nothing.</summary>
internal sealed class BeamSet
{
    public BeamSet(int beams, ReadOnlySpan<int> startIds, int maxNewTokens)
    {
        Ids = new int[beams][];
        LogProbabilities = new float[beams][];
        for (int beam = 0; beam < beams; beam++)
        {
            Ids[beam] = new int[startIds.Length + maxNewTokens];
            startIds.CopyTo(Ids[beam]);
            LogProbabilities[beam] = new float[maxNewTokens];
        }

        Scores = new float[beams];
        Lengths = new int[beams];
        IsFinished = new bool[beams];
    }

    /// <summary>For each beam its start ids, then its generated ids, including a closing one.</summary>
    public int[][] Ids { get; }

    /// <summary>For each beam the unprocessed log-probabilities of its generated ids.</summary>
    public float[][] LogProbabilities { get; }

    public float[] Scores { get; }

    /// <summary>
    /// The number of generated ids, including a closing one. Kept only for finished beams; running ones all have the same length.
    /// </summary>
    public int[] Lengths { get; }

    public bool[] IsFinished { get; }

    public void CopyFrom(BeamSet source, int from, int to, int startLength, int newTokens)
    {
        source.Ids[from].AsSpan(startLength, newTokens).CopyTo(Ids[to].AsSpan(startLength));
        source.LogProbabilities[from].AsSpan(0, newTokens).CopyTo(LogProbabilities[to]);
    }

    public void Append(int beam, int startLength, int newTokens, int token, float logProbability)
    {
        Ids[beam][startLength + newTokens] = token;
        LogProbabilities[beam][newTokens] = logProbability;
    }
}
