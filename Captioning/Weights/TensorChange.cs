namespace ImageToText.Captioning.Weights;

/// <summary>An adapter's change to a tensor's numbers.</summary>
internal abstract class TensorChange
{
    /// <summary>Changes the numbers.</summary>
    /// <param name="values">The tensor's own numbers, in row order.</param>
    /// <param name="tensor">The tensor.</param>
    public abstract void Apply(float[] values, TensorEntry tensor);
}
