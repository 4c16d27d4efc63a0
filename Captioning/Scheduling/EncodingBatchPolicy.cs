namespace ImageToText.Captioning.Scheduling;

/// <summary>
/// Decides how many waiting pictures are encoded in one run, by what runs were measured to cost: twice as many are taken where
/// the added ones cost clearly less than pictures did before. So a GPU that a picture does not fill takes many at once, and a processor
/// that works on one picture with all its cores, and would only keep the others waiting, takes one. Not thread-safe.
/// </summary>
internal sealed class EncodingBatchPolicy
{
    /// <summary>Runs of a size before it is judged.</summary>
    public const int Trials = 4;

    /// <summary>After how many decisions against a size it is tried anew: the device may have been busy with something else.</summary>
    public const int Patience = 256;

    // Of what a picture costs without it, what an added one may cost.
    private const double WorthyShare = 0.8;

    // Of runs of 1, 2, 4, ... pictures.
    private readonly Cost[] _costs;

    /// <summary>Knows of no run yet.</summary>
    /// <param name="atOnce">Pictures that a run may take.</param>
    public EncodingBatchPolicy(int atOnce) => _costs = [.. Enumerable.Range(0, int.Log2(atOnce) + 1).Select(static _ => new Cost())];

    /// <summary>The largest run that is considered.</summary>
    public int Most => 1 << (_costs.Length - 1);

    /// <summary>How many of the pictures that wait are to be encoded now, in one run.</summary>
    /// <param name="waiting">How many wait and have room; at least one.</param>
    public int Choose(int waiting)
    {
        int size = 0;
        while (size + 1 < _costs.Length && 1 << (size + 1) <= waiting && IsWorthwhile(size))
        {
            size++;
        }

        return 1 << size;
    }

    /// <summary>Takes note of a run.</summary>
    /// <param name="pictures">Its pictures. Sizes that were not chosen (some pictures needed no encoding) say nothing.</param>
    /// <param name="elapsed">How long it took.</param>
    public void Ran(int pictures, TimeSpan elapsed)
    {
        if (int.IsPow2(pictures) && pictures <= Most)
        {
            _costs[int.Log2(pictures)].Add(elapsed);
        }
    }

    // Whether to take the double of a size.
    private bool IsWorthwhile(int size)
    {
        var (alone, doubled) = (_costs[size], _costs[size + 1]);
        if (alone.Runs < Trials)
        {
            return false;
        }

        if (doubled.Runs < Trials)
        {
            return true;
        }

        // As many are added as there were.
        if (doubled.Least - alone.Least <= WorthyShare * alone.Least)
        {
            return true;
        }

        if (++doubled.Declined >= Patience)
        {
            doubled.Forget();
        }

        return false;
    }

    // What the latest runs of a size took. The least of them counts: whatever else the machine did only made the others longer.
    private sealed class Cost
    {
        private readonly TimeSpan[] _latest = new TimeSpan[2 * Trials];

        public int Runs { get; private set; }

        public int Declined { get; set; }

        public TimeSpan Least
        {
            get
            {
                var least = TimeSpan.MaxValue;
                foreach (var elapsed in _latest.AsSpan(0, Math.Min(Runs, _latest.Length)))
                {
                    least = elapsed < least ? elapsed : least;
                }

                return least;
            }
        }

        public void Add(TimeSpan elapsed) => _latest[Runs++ % _latest.Length] = elapsed;

        public void Forget() => (Runs, Declined) = (0, 0);
    }
}
