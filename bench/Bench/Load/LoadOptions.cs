using System.CommandLine;
using System.Globalization;
using ImageToText.Bench.Results;

namespace ImageToText.Bench.Load;

/// <summary>Options of the commands that put load on a service.</summary>
internal sealed class LoadOptions
{
    private static readonly double[] Factors = [0.1, 0.25, 0.5, 0.75, 0.9, 1, 1.25, 1.5, 2, 3];

    private readonly Option<double[]> _factors = new("--rates")
    {
        Description = "Rates of arrivals, in units of the rate at saturation",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = static _ => Factors,
    };

    private readonly Option<double> _seconds = new("--seconds")
    {
        Description = "How long to measure each rate in a turn",
        DefaultValueFactory = static _ => 10,
    };
    private readonly Option<int> _turns = new("--turns")
    {
        Description = "How many times to go through all rates",
        DefaultValueFactory = static _ => 1,
    };
    private readonly Option<int> _callers = new("--callers")
    {
        Description = "Concurrent callers that measure the rate at saturation",
        DefaultValueFactory = static _ => 16,
    };
    private readonly Option<double?> _target = new("--target")
    {
        Description =
            "Within how many seconds captions are to come: the node's latency target, and what counts as delivered; "
            + "none: the node's own, and whenever they come",
    };

    private readonly Option<int> _seed = new("--seed")
    {
        Description = "The seed for arrivals and pictures",
        DefaultValueFactory = static _ => 1,
    };
    private readonly Option<string[]> _settings = new("--setting")
    {
        Description = "A setting of the service, KEY:KEY=VALUE",
        DefaultValueFactory = static _ => [],
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_factors, _seconds, _turns, _callers, _target, _seed, _settings])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The settings of the service.</summary>
    public IEnumerable<KeyValuePair<string, string>> Settings(ParseResult parsed)
    {
        if (Target(parsed) is { } target)
        {
            yield return KeyValuePair.Create("Inference:Admission:LatencyTarget", target.ToString("c", CultureInfo.InvariantCulture));
        }

        foreach (string? setting in parsed.GetRequiredValue(_settings))
        {
            int equals = setting.IndexOf('=', StringComparison.Ordinal);
            yield return equals > 0
                ? KeyValuePair.Create(setting[..equals], setting[(equals + 1)..])
                : throw new InvalidOperationException($"--setting {setting}: write KEY:KEY=VALUE.");
        }
    }

    /// <summary>The settings of the sweep.</summary>
    public SweepPlan Plan(ParseResult parsed)
    {
        double seconds = parsed.GetValue(_seconds);
        var plan = new SweepPlan
        {
            Factors = parsed.GetRequiredValue(_factors),
            Length = TimeSpan.FromSeconds(seconds),
            Turns = parsed.GetValue(_turns),
            LeadIn = TimeSpan.FromSeconds(Math.Min(seconds / 4, 5)),
            Callers = parsed.GetValue(_callers),
            Saturation = TimeSpan.FromSeconds(seconds),
            Target = Target(parsed),
            Seed = parsed.GetValue(_seed),
        };
        return parsed.GetValue(CommonOptions.Short)
            ? plan with
            {
                Factors = [0.5, 3],
                Turns = 2,
                Length = TimeSpan.FromSeconds(1),
                LeadIn = TimeSpan.FromSeconds(0.2),
                Saturation = TimeSpan.FromSeconds(1),
            }
            : plan;
    }

    private TimeSpan? Target(ParseResult parsed) => parsed.GetValue(_target) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
}
