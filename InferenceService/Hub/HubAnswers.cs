using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImageToText.InferenceService.Hub;

/// <summary>A revision of a repository.</summary>
/// <param name="Commit">Its commit, 40 hex digits.</param>
/// <param name="Files">Its files.</param>
/// <param name="Licence">The licence that its card names.</param>
/// <param name="Parameters">Number of parameters in its safetensors, if the hub gives it.</param>
internal sealed record HubListing(string Commit, IReadOnlyList<HubFile> Files, HubLicence? Licence, long? Parameters);

/// <summary>GET /api/models/ORG/NAME/revision/REVISION.</summary>
internal sealed record HubModelInfo(
    string? Sha,
    IReadOnlyList<HubSibling>? Siblings,
    JsonElement? CardData,
    IReadOnlyList<string>? Tags,
    HubSafetensors? Safetensors
)
{
    private const string LicenceTag = "license:";

    /// <summary>The card's licence, or that in the tags, which the hub derives from the card.</summary>
    public HubLicence? ReadLicence(Uri page)
    {
        string? id =
            CardText("license") ?? Tags?.FirstOrDefault(tag => tag.StartsWith(LicenceTag, StringComparison.Ordinal))?[LicenceTag.Length..];
        if (id is null)
        {
            return null;
        }

        string name = id == "other" && CardText("license_name") is { } own ? own : id;
        return new HubLicence(
            name,
            Uri.TryCreate(CardText("license_link"), UriKind.Absolute, out var link) && link.Scheme is "http" or "https" ? link : page
        );
    }

    // A card may name several licences; all of them are reported.
    private string? CardText(string key)
    {
        if (CardData is not { ValueKind: JsonValueKind.Object } card || !card.TryGetProperty(key, out var value))
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Array => string.Join(
                ", ",
                value.EnumerateArray().Where(item => item.ValueKind is JsonValueKind.String).Select(item => item.GetString())
            ),
            _ => null,
        };
    }
}

internal sealed record HubSibling(string Rfilename, long? Size, string? BlobId, HubLfs? Lfs);

internal sealed record HubLfs(string? Sha256, long? Size);

internal sealed record HubSafetensors(long? Total);

/// <summary>A page of GET /api/models/ORG/NAME/discussions.</summary>
internal sealed record HubDiscussions(IReadOnlyList<HubDiscussion>? Discussions, int Count, int Start);

internal sealed record HubDiscussion(int Num, string? Title, string? Status, bool IsPullRequest, HubAuthor? Author);

internal sealed record HubAuthor(string? Name);

/// <summary>An entry of GET /api/models/ORG/NAME/commits/REVISION.</summary>
internal sealed record HubCommit(string Id);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(HubModelInfo))]
[JsonSerializable(typeof(HubDiscussions))]
[JsonSerializable(typeof(IReadOnlyList<HubCommit>))]
internal sealed partial class HubJson : JsonSerializerContext;
