namespace ImageToText.Captioning;

/// <summary>The folder in which Hugging Face's tools keep models. The variables are those of the tools.</summary>
public static class HuggingFaceCache
{
    /// <summary>The folder that the environment names.</summary>
    public static string Folder => FindFolder(Environment.GetEnvironmentVariable);

    /// <summary>The folder that variables name: HF_HUB_CACHE, else hub below <see cref="FindHome"/>.</summary>
    /// <param name="variable">A variable's value; null where it is not set.</param>
    public static string FindFolder(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        return Expand(Get(variable, "HF_HUB_CACHE") ?? Get(variable, "HUGGINGFACE_HUB_CACHE") ?? Path.Combine(FindHome(variable), "hub"));
    }

    /// <summary>The folder for all of the tools' files: HF_HOME, else huggingface in the user's cache folder.</summary>
    /// <param name="variable">A variable's value; null where it is not set.</param>
    public static string FindHome(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        string cache = Get(variable, "XDG_CACHE_HOME") ?? Path.Combine(User, ".cache");
        return Expand(Get(variable, "HF_HOME") ?? Path.Combine(cache, "huggingface"));
    }

    /// <summary>The full path. A leading ~ stands for the user's folder.</summary>
    public static string Expand(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Path.GetFullPath(path == "~" || path.StartsWith("~/", StringComparison.Ordinal) ? User + path[1..] : path);
    }

    private static string User => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private static string? Get(Func<string, string?> variable, string name) =>
        variable(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
}
