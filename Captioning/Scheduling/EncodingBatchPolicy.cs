namespace ImageToText.Captioning.Scheduling;

/// <summary>
/// Decides how many waiting pictures to encode in one run, from the measured cost of earlier runs. It doubles the number if the
/// added pictures cost clearly less than pictures did before. So a GPU that one picture does not fill takes many at once. A
/// processor that works on one picture with all its cores would only keep the others waiting, so it takes one. Not thread-safe.
/// </summary>
internal sealed class EncodingBatchPolicy
{
    /// <summary>How many runs of a size before it is judged.</summary>
    public const int Trials = 4;

    /// <summary>
    /// After how many decisions against a size to try it again: the device may have been busy with something else.
    /// </summary>
    public const int Patience = 256;

    // What an added picture may cost, as a share of what a picture costs without it.
    private const double WorthyShare = 0.8;

    // Of runs of 1, 2, 4, ... pictures.
    private readonly RunCost[] _costs;

    /// <summary>Starts without any runs.</summary>
    /// <param name="atOnce">How many pictures a run may take.</param>
    public EncodingBatchPolicy(int atOnce) => _costs = [.. Enumerable.Range(0, int.Log2(atOnce) + 1).Select(static _ => new RunCost())];

    /// <summary>The largest run to consider.</summary>
    public int Most => 1 << (_costs.Length - 1);

    /// <summary>How many of the waiting pictures to encode now, in one run.</summary>
    /// <param name="waiting">How many are waiting and have room; at least one.</param>
    public int Choose(int waiting)
    {
        int size = 0;
        while (size + 1 < _costs.Length && 1 << (size + 1) <= waiting && IsWorthwhile(size))
        {
            size++;
        }

        return 1 << size;
    }

    /// <summary>Records a run.</summary>
    /// <param name="pictures">
    /// Its pictures. Sizes that were not chosen (because some pictures needed no encoding) tell nothing.
    /// </param>
    /// <param name="elapsed">How long it took.</param>
    public void Ran(int pictures, TimeSpan elapsed)
    {
        if (int.IsPow2(pictures) && pictures <= Most)
        {
            _costs[int.Log2(pictures)].Add(elapsed);
        }
    }

    // Whether to double a size.
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

        // The number added equals the number before.
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

    // The times of the latest runs of a size. The least one counts, because anything else on the machine only made the others
    // longer.
    private sealed class RunCost
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
