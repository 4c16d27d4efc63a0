namespace ImageToText.Captioning.Layers;

/// <summary>Where a checkpoint has a linear layer's numbers.</summary>
/// <param name="Weight">The matrix.</param>
/// <param name="Bias">The vector that is added; null: none.</param>
/// <param name="InputsFirst">The matrix is [in, out]; otherwise [out, in], as in torch's Linear.</param>
internal readonly record struct LinearLayer(string Weight, string? Bias, bool InputsFirst = false)
{
    /// <summary>A torch Linear by its name.</summary>
    public static LinearLayer Named(string name, bool hasBias = true) => new($"{name}.weight", hasBias ? $"{name}.bias" : null);
}
