using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Layers;

/// <summary>The names of the activations in config.json.</summary>
internal static class ActivationNames
{
    private static readonly OrderedDictionary<string, Activation> Names = new(StringComparer.Ordinal)
    {
        ["gelu"] = Activation.Gelu,
        ["gelu_new"] = Activation.GeluTanh,
        ["gelu_pytorch_tanh"] = Activation.GeluTanh,
        ["relu"] = Activation.Relu,
        ["quick_gelu"] = Activation.QuickGelu,
        ["silu"] = Activation.Silu,
    };

    /// <summary>Reads an activation.</summary>
    /// <param name="config">A section of config.json.</param>
    /// <param name="key">Its key.</param>
    /// <param name="fallback">The default if nothing is said.</param>
    /// <exception cref="ModelFormatException">It is not supported.</exception>
    public static Activation ReadActivation(this ModelJson config, string key, string fallback = "gelu") =>
        config.Choice(key, config.OptionalText(key) ?? fallback, Names);
}
