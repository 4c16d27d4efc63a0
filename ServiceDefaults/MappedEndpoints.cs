namespace ImageToText.ServiceDefaults;

/// <summary>The default paths that an application has already mapped.</summary>
internal sealed class MappedEndpoints
{
    private readonly HashSet<string> _paths = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns whether <paramref name="path"/> is new, and remembers it.</summary>
    public bool Claim(string path) => _paths.Add(path);
}
