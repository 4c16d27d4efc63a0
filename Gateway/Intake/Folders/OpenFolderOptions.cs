using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway.Intake.Folders;

/// <summary>The folders of this machine whose pictures callers may have captioned: <c>Gateway:OpenFolders</c>. By default none.</summary>
public sealed class OpenFolderOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Gateway:OpenFolders";

    /// <summary>The folders.</summary>
    public IList<OpenFolder> Folders { get; } = [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        for (int i = 0; i < Folders.Count; i++)
        {
            var folder = Folders[i];
            string key = $"{Section}:{nameof(Folders)}:{i}";
            if (folder.Name.Length == 0 || folder.Name.AsSpan().ContainsAny("/\\") || folder.Name is "." or "..")
            {
                yield return new($"{key}:{nameof(OpenFolder.Name)} is '{folder.Name}': give a name without slashes.");
            }

            if (!Path.IsPathFullyQualified(folder.Path))
            {
                yield return new($"{key}:{nameof(OpenFolder.Path)} is '{folder.Path}': give the folder's whole path.");
            }

            if (Folders.Take(i).Any(earlier => earlier.Name == folder.Name))
            {
                yield return new($"{key}:{nameof(OpenFolder.Name)} is '{folder.Name}', as before: give each folder its own name.");
            }
        }
    }
}

/// <summary>A folder that is open.</summary>
public sealed class OpenFolder
{
    /// <summary>What callers name it.</summary>
    public string Name { get; set; } = "";

    /// <summary>Its whole path on this machine.</summary>
    public string Path { get; set; } = "";

    /// <summary>Whether jobs may write text files beside its pictures.</summary>
    public bool Sidecars { get; set; }
}
