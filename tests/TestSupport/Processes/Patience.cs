namespace ImageToText.TestSupport;

/// <summary>
/// Settings with longer timeouts than the defaults, so a machine that stalls for some seconds fails no test. Tests of the timeouts have
/// their own settings.
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

    /// <summary>As command-line arguments.</summary>
    public static IEnumerable<string> Arguments => Settings.Select(static setting => $"--{setting.Key}={setting.Value}");

    /// <summary>As environment variables.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Variables =>
        Settings.Select(static setting => KeyValuePair.Create(setting.Key.Replace(":", "__", StringComparison.Ordinal), setting.Value));
}
