using System.Text.RegularExpressions;

namespace ImageToText.InferenceService.Models;

/// <summary>Model names: NAME or ORG/NAME. They become folder names, so nothing else may pass.</summary>
internal static partial class ModelId
{
    /// <summary>The id of the model that comes with the program.</summary>
    public const string Starter = "starter";

    public static bool IsValid(string id) => id.Length <= 200 && Pattern().IsMatch(id) && !id.Contains("..", StringComparison.Ordinal);

    public static string Of(ModelOptions model) =>
        string.IsNullOrWhiteSpace(model.Id)
            ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model.Folder!)))
            : model.Id;

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)?\z")]
    private static partial Regex Pattern();
}
