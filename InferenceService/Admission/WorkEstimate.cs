namespace ImageToText.InferenceService.Admission;

/// <summary>
/// Estimates how long the captions in hand will take. A model's service time is the time that the node spent on it divided by the
/// captions delivered, so batches count correctly: eight captions in two seconds take a quarter of a second each (Little's law).
/// If several models are at work, each gets an equal share of the time. Not thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class WorkEstimate(TimeProvider time)
{
    // A caption weighs 3 % of the mean, so the last few dozen count.
    private const double Memory = 0.97;

    private readonly Dictionary<string, Meter> _models = new(StringComparer.Ordinal);
    private readonly Meter _all = new();
    private long _last = time.GetTimestamp();

    /// <summary>How much of the node's time one caption takes, whatever its model; zero before anything was measured.</summary>
    public TimeSpan Mean
    {
        get
        {
            Advance();
            return TimeSpan.FromSeconds(_all.Seconds);
        }
    }

    /// <summary>The time until all captions that have started are done, one after the other.</summary>
    /// <param name="withYielding">Whether those that let others go first count.</param>
    public TimeSpan Begun(bool withYielding)
    {
        Advance();
        double seconds = 0.0;
        foreach (var model in _models.Values)
        {
            seconds += (model.Working - (withYielding ? 0 : model.Yielding)) * model.Seconds;
        }

        return TimeSpan.FromSeconds(seconds);
    }

    /// <summary>How much of the node's time one caption of each model takes.</summary>
    public IReadOnlyList<(string Model, TimeSpan Time)> ServiceTimes()
    {
        Advance();
        return [.. _models.Select(model => (model.Key, TimeSpan.FromSeconds(model.Value.Seconds)))];
    }

    /// <summary>How much of the node's time one caption of a model takes.</summary>
    public TimeSpan Of(string model)
    {
        Advance();
        return TimeSpan.FromSeconds(_models.TryGetValue(model, out var meter) ? meter.Seconds : _all.Seconds);
    }

    /// <summary>A caption starts.</summary>
    public void Begin(string model, bool yields)
    {
        Advance();
        if (!_models.TryGetValue(model, out var meter))
        {
            _models.Add(model, meter = new Meter());
        }

        meter.Begin(yields);
        _all.Begin(yields);
    }

    /// <summary>A caption is no longer worked on.</summary>
    /// <param name="model">Its model.</param>
    /// <param name="yields">Whether it let others go first.</param>
    /// <param name="delivered">
    /// Whether it was delivered. Otherwise it failed or was given up, which tells nothing about how long one takes.
    /// </param>
    public void End(string model, bool yields, bool delivered)
    {
        Advance();
        foreach (var meter in (ReadOnlySpan<Meter>)[_models[model], _all])
        {
            if (delivered)
            {
                meter.Complete(yields);
            }
            else
            {
                meter.GiveUp(yields);
            }
        }
    }

    private void Advance()
    {
        long now = time.GetTimestamp();
        double passed = time.GetElapsedTime(_last, now).TotalSeconds;
        _last = now;
        if (_all.Working == 0)
        {
            return;
        }

        _all.Spent += passed;
        int atWork = _models.Values.Count(model => model.Working > 0);
        foreach (var model in _models.Values)
        {
            if (model.Working > 0)
            {
                model.Spent += passed / atWork;
            }
        }
    }

    private sealed class Meter
    {
        private double _time;
        private double _captions;

        /// <summary>Captions that have started and not ended.</summary>
        public int Working { get; private set; }

        /// <summary>Those among them that let others go first.</summary>
        public int Yielding { get; private set; }

        /// <summary>Seconds spent since the last caption.</summary>
        public double Spent { get; set; }

        /// <summary>
        /// Seconds per caption. If the next one is late, it counts as if it came now: a node that stalls is known to be slow
        /// before it recovers.
        /// </summary>
        public double Seconds => Math.Max(_captions > 0 ? _time / _captions : 0, ((_time * Memory) + Spent) / ((_captions * Memory) + 1));

        public void Begin(bool yields)
        {
            Working++;
            Yielding += yields ? 1 : 0;
        }

        public void Complete(bool yields)
        {
            Working--;
            Yielding -= yields ? 1 : 0;
            _time = (_time * Memory) + Spent;
            _captions = (_captions * Memory) + 1;
            Spent = 0;
        }

        // It takes its share of the time since the last caption with it, so clients that go away do not make the node look slow.
        public void GiveUp(bool yields)
        {
            Spent -= Spent / Working--;
            Yielding -= yields ? 1 : 0;
        }
    }
}
