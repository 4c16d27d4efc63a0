using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace ImageToText.InferenceService.Hub;

/// <summary>A model on the hub, in the form that people write: ORG/NAME or ORG/NAME@REVISION.</summary>
/// <param name="Id">ORG/NAME.</param>
/// <param name="Revision">Branch, tag, commit or refs/pr/N; main unless given.</param>
public sealed partial record HubModelReference(string Id, string Revision)
{
    /// <summary>The branch if none is named.</summary>
    public const string DefaultRevision = "main";

    /// <summary>Reads ORG/NAME[@REVISION].</summary>
    /// <exception cref="HubException">The text is not such a name.</exception>
    public static HubModelReference Parse(string text) =>
        TryParse(text, out var reference)
            ? reference
            : throw new HubException(
                HubFault.Configuration,
                $"'{text}' is not a model's name on the hub: write ORG/NAME or ORG/NAME@REVISION."
            );

    /// <summary>Reads ORG/NAME[@REVISION]; false if the text is not such a name.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out HubModelReference? reference)
    {
        reference = null;
        if (text is null)
        {
            return false;
        }

        int at = text.IndexOf('@', StringComparison.Ordinal);
        string id = at < 0 ? text : text[..at];
        string revision = at < 0 ? DefaultRevision : text[(at + 1)..];
        if (
            !IdPattern().IsMatch(id)
            || id.Length > 96
            || id.Contains("--", StringComparison.Ordinal)
            || id.Contains("..", StringComparison.Ordinal)
        )
        {
            return false;
        }

        if (
            !RevisionPattern().IsMatch(revision)
            || revision.Contains("..", StringComparison.Ordinal)
            || revision.Contains("//", StringComparison.Ordinal)
        )
        {
            return false;
        }

        reference = new HubModelReference(id, revision);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Revision == DefaultRevision ? Id : $"{Id}@{Revision}";

    // The characters that the hub allows in names. Both become folder names, so nothing else may pass.
    [GeneratedRegex(@"^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?/[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\z")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"^[A-Za-z0-9_](?:[A-Za-z0-9_./+-]*[A-Za-z0-9_+-])?\z")]
    private static partial Regex RevisionPattern();
}
