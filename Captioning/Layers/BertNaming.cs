namespace ImageToText.Captioning.Layers;

/// <summary>Where the checkpoints of every family with BERT's layers and head have them.</summary>
internal static class BertNaming
{
    /// <summary>A layer with cross-attention.</summary>
    /// <param name="name">The layer's name, with which all its tensors' names begin.</param>
    public static CrossDecoderLayer Layer(string name) =>
        new()
        {
            SelfQueryKeyValue =
            [
                LinearLayer.Named($"{name}.attention.self.query"),
                LinearLayer.Named($"{name}.attention.self.key"),
                LinearLayer.Named($"{name}.attention.self.value"),
            ],
            SelfOutput = LinearLayer.Named($"{name}.attention.output.dense"),
            SelfNorm = $"{name}.attention.output.LayerNorm",
            CrossQuery = LinearLayer.Named($"{name}.crossattention.self.query"),
            CrossKeyValue = [LinearLayer.Named($"{name}.crossattention.self.key"), LinearLayer.Named($"{name}.crossattention.self.value")],
            CrossOutput = LinearLayer.Named($"{name}.crossattention.output.dense"),
            CrossNorm = $"{name}.crossattention.output.LayerNorm",
            FeedForwardIn = LinearLayer.Named($"{name}.intermediate.dense"),
            FeedForwardOut = LinearLayer.Named($"{name}.output.dense"),
            FeedForwardNorm = $"{name}.output.LayerNorm",
        };

    /// <summary>Words, learned positions and their layer normalization.</summary>
    /// <param name="name">The name of the embeddings.</param>
    public static TokenEmbedding Embedding(string name) =>
        new()
        {
            Words = $"{name}.word_embeddings.weight",
            Positions = new LearnedPositions($"{name}.position_embeddings.weight"),
            Norm = $"{name}.LayerNorm",
        };

    /// <summary>The head that predicts tokens.</summary>
    /// <param name="name">The name of the predictions.</param>
    /// <param name="words">The word embeddings, which are also the output matrix if the checkpoint holds no separate one.</param>
    /// <param name="holds">Whether the checkpoint holds a tensor.</param>
    public static OutputHead Head(string name, string words, Func<string, bool> holds)
    {
        string matrix = $"{name}.decoder.weight";
        return new OutputHead
        {
            Transform = LinearLayer.Named($"{name}.transform.dense"),
            TransformNorm = $"{name}.transform.LayerNorm",
            Output = new LinearLayer(holds(matrix) ? matrix : words, $"{name}.bias"),
        };
    }
}
