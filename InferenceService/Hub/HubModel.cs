namespace ImageToText.InferenceService.Hub;

/// <summary>What is known about a model on the hub before anything large is downloaded.</summary>
public sealed record HubModel
{
    /// <summary>The model, as requested.</summary>
    public required HubModelReference Reference { get; init; }

    /// <summary>The revision's commit, 40 hex digits.</summary>
    public required string Commit { get; init; }

    /// <summary>The bytes of config.json.</summary>
    public required ReadOnlyMemory<byte> Config { get; init; }

    /// <summary>The licence that the model's card names; null: it names none.</summary>
    public HubLicence? Licence { get; init; }

    /// <summary>Where the weights are.</summary>
    public required HubWeights Weights { get; init; }

    /// <summary>Number of parameters, if the hub has counted them; otherwise null.</summary>
    public long? Parameters { get; init; }

    /// <summary>All files of the revision.</summary>
    internal IReadOnlyList<HubFile> Files { get; init; } = [];

    /// <summary>All files of the commit with the weights: the revision's own, unless they are a conversion.</summary>
    internal IReadOnlyList<HubFile> WeightFiles { get; init; } = [];
}

/// <summary>Where a model's weights are.</summary>
/// <param name="File">The file, or the index of the shards.</param>
/// <param name="Revision">The branch or pull request that holds them.</param>
/// <param name="Commit">The commit to read, 40 hex digits.</param>
/// <param name="IsPickled">Whether they are in PyTorch's own format.</param>
/// <param name="IsConversion">Whether they are the conversion bot's, in a separate pull request.</param>
/// <param name="Bytes">Their size; null if they are in shards and the index does not say.</param>
public sealed record HubWeights(string File, string Revision, string Commit, bool IsPickled, bool IsConversion, long? Bytes)
{
    /// <inheritdoc/>
    public override string ToString() =>
        IsConversion ? $"{File} of the conversion bot's pull request ({Revision})"
        : IsPickled ? $"{File} (PyTorch's format, read without running any of it; there is no safetensors conversion)"
        : File;
}
