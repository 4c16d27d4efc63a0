namespace ImageToText.Captioning.Layers;

/// <summary>The function between the two layers of a feed-forward part.</summary>
internal enum Activation
{
    /// <summary>Exact (erf) Gelu.</summary>
    Gelu,

    /// <summary>Gelu by its approximation with tanh.</summary>
    GeluTanh,

    /// <summary>Negative numbers become zero.</summary>
    Relu,

    /// <summary>Gelu by its approximation with a sigmoid: x times the sigmoid of 1.702 x.</summary>
    QuickGelu,

    /// <summary>x times the sigmoid of x.</summary>
    Silu,
}
