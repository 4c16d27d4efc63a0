namespace ImageToText.Captioning.Weights;

/// <summary>What an adapter does to a tensor's numbers.</summary>
internal abstract class TensorChange
{
    /// <summary>Changes the numbers.</summary>
    /// <param name="values">The tensor's own, in rows.</param>
    /// <param name="tensor">The tensor.</param>
    public abstract void Apply(float[] values, TensorEntry tensor);
}
