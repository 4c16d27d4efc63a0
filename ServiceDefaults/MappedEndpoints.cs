namespace ImageToText.ServiceDefaults;

/// <summary>The default paths of one application that are mapped already.</summary>
internal sealed class MappedEndpoints
{
    private readonly HashSet<string> _paths = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether <paramref name="path"/> is new, remembering it.</summary>
    public bool Claim(string path) => _paths.Add(path);
}
