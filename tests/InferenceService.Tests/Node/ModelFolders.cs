namespace ImageToText.InferenceService.Tests.Node;

/// <summary>Model folders with just enough content to be found. They are deleted after the test.</summary>
internal sealed class ModelFolders : IDisposable
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    public string Root { get; } = Directory.CreateTempSubdirectory("imagetotext-").FullName;

    public string Models => Path.Combine(Root, "models");

    public string Hub => Path.Combine(Root, "hub");

    /// <summary>A model in the models folder.</summary>
    public string Add(string id, long weightBytes = 1_000_000, string type = "blip") =>
        Write(Path.Combine([Models, .. id.Split('/')]), weightBytes, type);

    /// <summary>An adapter in the models folder.</summary>
    public string AddAdapter(string id, string baseModel)
    {
        string folder = Directory.CreateDirectory(Path.Combine([Models, .. id.Split('/')])).FullName;
        File.WriteAllText(
            Path.Combine(folder, "adapter_config.json"),
            $$"""{"peft_type":"LORA","r":8,"lora_alpha":16,"base_model_name_or_path":"{{baseModel}}"}"""
        );
        File.WriteAllBytes(Path.Combine(folder, "adapter_model.safetensors"), new byte[10]);
        return folder;
    }

    /// <summary>A model elsewhere.</summary>
    public string AddElsewhere(string name, long weightBytes = 1_000_000) =>
        Write(Path.Combine(Root, "elsewhere", name), weightBytes, "blip");

    /// <summary>A model in the hub cache's layout: links to blobs.</summary>
    public string AddToHub(string id, string type = "blip")
    {
        string folder = Path.Combine(Hub, "models--" + id.Replace("/", "--", StringComparison.Ordinal));
        string snapshot = Path.Combine(folder, "snapshots", Commit);
        Write(Path.Combine(folder, "blobs"), 2_000_000, type);
        Directory.CreateDirectory(snapshot);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(folder, "blobs")))
        {
            File.CreateSymbolicLink(
                Path.Combine(snapshot, Path.GetFileName(file)),
                Path.Combine("..", "..", "blobs", Path.GetFileName(file))
            );
        }

        Directory.CreateDirectory(Path.Combine(folder, "refs"));
        File.WriteAllText(Path.Combine(folder, "refs", "main"), Commit);
        return snapshot;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static string Write(string folder, long weightBytes, string type)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(
            Path.Combine(folder, "config.json"),
            HubStandIn.BlipConfig.Replace("\"blip\"", $"\"{type}\"", StringComparison.Ordinal)
        );
        using var weights = File.Create(Path.Combine(folder, "model.safetensors"));
        weights.SetLength(weightBytes);
        return folder;
    }
}
