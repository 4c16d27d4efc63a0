namespace ImageToText.Captioning;

/// <summary>What holds where neither the request nor the model's generation_config.json says otherwise.</summary>
public static class GenerationDefaults
{
    /// <summary>Greedy.</summary>
    public const int NumBeams = 1;

    /// <summary>Room for a whole sentence: transformers' 20 cuts captions short.</summary>
    public const int MaxNewTokens = 50;

    /// <summary>The widest search and the most sequences of one request.</summary>
    public const int MaxRows = 16;
}
