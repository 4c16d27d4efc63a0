using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ImageToText.InferenceService.Hub;
using ImageToText.InferenceService.Models;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Models;

/// <summary>models list: the starter, and the models in the hub cache that can run.</summary>
internal sealed class ModelList(Terminal terminal)
{
    public int Write(bool json)
    {
        var models = Find();
        if (json)
        {
            foreach (var model in models)
            {
                terminal.Out.WriteLine(JsonSerializer.Serialize(model, ListedModelJson.Default.ListedModel));
            }
        }
        else
        {
            var listing = new Listing("MODEL", "REVISION", "TYPE", new("MB", IsNumber: true), "FOLDER");
            foreach (var model in models)
            {
                listing.Add(
                    model.Id,
                    model.Revision,
                    model.Type,
                    (model.Bytes / 1e6).ToString("0.#", CultureInfo.InvariantCulture),
                    model.Folder
                );
            }

            listing.Write(terminal);
        }

        return ExitCode.Success;
    }

    private static List<ListedModel> Find()
    {
        var models = new List<ListedModel>();
        if (Directory.Exists(ModelLocator.StarterFolder))
        {
            long bytes = new DirectoryInfo(ModelLocator.StarterFolder).EnumerateFiles().Sum(file => file.Length);
            models.Add(
                new ListedModel(
                    ModelLocator.Starter,
                    "",
                    ModelVerdict.Of(ModelLocator.StarterFolder).ModelType ?? "",
                    bytes,
                    ModelLocator.StarterFolder
                )
            );
        }

        var cache = new HubCache(HubOptions.FromEnvironment().CacheFolder);
        models.AddRange(
            from model in cache.List()
            let verdict = ModelVerdict.Of(model.Folder)
            // Other tools keep other models there.
            where verdict.IsSupported
            let revision = model.Refs.Count > 0 ? string.Join(',', model.Refs) : model.Commit[..8]
            select new ListedModel(model.Id, revision, verdict.ModelType ?? "", model.Bytes, model.Folder)
        );
        return models;
    }
}

/// <summary>One line of 'models list --json'.</summary>
internal sealed record ListedModel(string Id, string Revision, string Type, long Bytes, string Folder);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ListedModel))]
internal sealed partial class ListedModelJson : JsonSerializerContext;
