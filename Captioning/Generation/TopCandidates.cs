using System.Runtime.Intrinsics;

namespace ImageToText.Captioning.Generation;

/// <summary>
/// The greatest scores among all that were offered, greatest first; of equal ones, the first offered comes first.
/// </summary>
/// <param name="capacity">How many are kept.</param>
internal sealed class TopCandidates(int capacity)
{
    private readonly float[] _scores = new float[capacity];
    private readonly int[] _rows = new int[capacity];
    private readonly int[] _tokens = new int[capacity];

    /// <summary>
    /// How many are kept now. It is below the capacity only if fewer scores above negative infinity were offered.
    /// </summary>
    public int Count { get; private set; }

    public ReadOnlySpan<float> Scores => _scores.AsSpan(0, Count);

    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, Count);

    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Count);

    private float Threshold => Count == capacity ? _scores[Count - 1] : float.NegativeInfinity;

    /// <summary>Forgets all.</summary>
    public void Clear() => Count = 0;

    /// <summary>Offers each of a row's scores plus <paramref name="offset"/>.</summary>
    public void Offer(ReadOnlySpan<float> scores, float offset, int row)
    {
        var add = Vector256.Create(offset);
        var threshold = Vector256.Create(Threshold);
        int i = 0;
        for (; i + Vector256<float>.Count <= scores.Length; i += Vector256<float>.Count)
        {
            if (Vector256.GreaterThanAny(Vector256.Create(scores[i..]) + add, threshold))
            {
                OfferEach(scores, i, i + Vector256<float>.Count, offset, row);
                threshold = Vector256.Create(Threshold);
            }
        }

        OfferEach(scores, i, scores.Length, offset, row);
    }

    /// <summary>Offers one score.</summary>
    public void Offer(float score, int row, int token)
    {
        if (score > Threshold)
        {
            Insert(score, row, token);
        }
    }

    private void OfferEach(ReadOnlySpan<float> scores, int from, int to, float offset, int row)
    {
        for (int token = from; token < to; token++)
        {
            Offer(scores[token] + offset, row, token);
        }
    }

    private void Insert(float score, int row, int token)
    {
        int at = Count < capacity ? Count++ : capacity - 1;
        for (; at > 0 && _scores[at - 1] < score; at--)
        {
            _scores[at] = _scores[at - 1];
            _rows[at] = _rows[at - 1];
            _tokens[at] = _tokens[at - 1];
        }

        _scores[at] = score;
        _rows[at] = row;
        _tokens[at] = token;
    }
}
