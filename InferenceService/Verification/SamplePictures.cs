using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Verification;

/// <summary>The pictures on which a model is tried: photographs, and lines of text for models that read.</summary>
internal sealed class SamplePictures(IOptions<VerificationOptions> options)
{
    private readonly string _folder = options.Value.SamplesFolder ?? Path.Combine(AppContext.BaseDirectory, "samples");

    /// <summary>Whether there are any.</summary>
    public bool Any => Files().Any();

    /// <summary>The pictures by their names below the folder (text/printed.png), sorted by name.</summary>
    public IEnumerable<(string Name, byte[] Bytes)> Read() =>
        Files().Select(file => (Path.GetRelativePath(_folder, file).Replace('\\', '/'), File.ReadAllBytes(file)));

    private IEnumerable<string> Files() =>
        Directory.Exists(_folder)
            ? Directory
                .EnumerateFiles(_folder, "*", SearchOption.AllDirectories)
                .Where(file => Path.GetExtension(file) is ".jpg" or ".png" or ".webp")
                .Order(StringComparer.Ordinal)
            : [];
}
