using System.Text.RegularExpressions;

namespace ImageToText.AppHost.Running;

/// <summary>The model for requests that name none, if the network runs here: the parameter <c>model</c>.</summary>
/// <param name="Id">The model's id.</param>
/// <param name="Folder">Its folder; null: the starter, or a model from the hub.</param>
internal sealed partial record ModelChoice(string Id, string? Folder)
{
    /// <summary>The model that the nodes bring along.</summary>
    public const string Starter = "starter";

    /// <summary>Whether it is the starter, which needs no setting.</summary>
    public bool IsStarter => Folder is null && Id == Starter;

    /// <summary>Whether it must be downloaded before a node can load it.</summary>
    public bool IsOfHub => Folder is null && Id != Starter;

    /// <summary>Reads the parameter's value.</summary>
    /// <param name="value"><c>starter</c>, a folder, or <c>ORG/NAME</c>.</param>
    /// <param name="from">The folder that relative paths start from.</param>
    public static ModelChoice Read(string value, string from)
    {
        value = value.Trim();
        if (value is "" or Starter)
        {
            return new ModelChoice(Starter, null);
        }

        string folder = Path.GetFullPath(value, from);
        return Directory.Exists(folder) || !HubName().IsMatch(value)
            ? new ModelChoice(NameOf(folder), folder)
            : new ModelChoice(value, null);
    }

    /// <summary>The folder's name, in characters that a model id may have.</summary>
    private static string NameOf(string folder)
    {
        string name = Unusual().Replace(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), "-").TrimStart('.', '-');
        return name.Length == 0 ? "model" : name;
    }

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.-]*/[A-Za-z0-9_][A-Za-z0-9_.-]*\z")]
    private static partial Regex HubName();

    [GeneratedRegex("[^A-Za-z0-9._-]")]
    private static partial Regex Unusual();
}
