namespace ImageToText.TestSupport;

/// <summary>
/// Settings under which a service waits longer than it does by default, so that a machine that stands still for some seconds fails no
/// test. Tests of how long something is waited for have their own.
/// </summary>
public static class Patience
{
    /// <summary>By their names.</summary>
    public static IReadOnlyDictionary<string, string> Settings { get; } =
        new Dictionary<string, string>
        {
            ["Gateway:Pricing:CallTimeout"] = "00:01:00",
            ["Gateway:Forwarding:ConnectTimeout"] = "00:00:30",
            ["Gateway:Intake:Grace"] = "00:01:00",
            ["Inference:Upload:GracePeriod"] = "00:01:00",
        };

    /// <summary>As arguments of a command line.</summary>
    public static IEnumerable<string> Arguments => Settings.Select(static setting => $"--{setting.Key}={setting.Value}");

    /// <summary>As environment variables.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Variables =>
        Settings.Select(static setting => KeyValuePair.Create(setting.Key.Replace(":", "__", StringComparison.Ordinal), setting.Value));
}
