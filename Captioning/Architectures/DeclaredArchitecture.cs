using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures;

/// <summary>The class of transformers that a config.json names: models of one type may have others, which do not caption.</summary>
internal static class DeclaredArchitecture
{
    /// <summary>Refuses another class than the captioning one; a file that names none passes.</summary>
    /// <param name="config">config.json.</param>
    /// <param name="captioning">The captioning class.</param>
    /// <param name="example">Where to find it: "such as microsoft/git-base-coco".</param>
    /// <exception cref="ModelFormatException">Another class is named first.</exception>
    public static void Require(ModelJson config, string captioning, string example)
    {
        if (config.Texts("architectures") is [var architecture, ..] && architecture != captioning)
        {
            throw new ModelFormatException(
                $"config.json: architectures is {architecture}, which does not caption pictures; {captioning} is supported, {example}."
            );
        }
    }
}
