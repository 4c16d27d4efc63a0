using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Preprocessing;

/// <summary>How pixels become numbers: preprocessor_config.json of a BlipImageProcessor.</summary>
/// <param name="Size">Pixels a side.</param>
/// <param name="RescaleFactor">Multiplies every byte first.</param>
/// <param name="Mean">Then subtracted, per channel (red, green, blue).</param>
/// <param name="StandardDeviation">Then divided by, per channel.</param>
internal sealed record PreprocessorConfig(int Size, double RescaleFactor, double[] Mean, double[] StandardDeviation)
{
    // PIL.Image.Resampling.BICUBIC.
    private const int Bicubic = 3;

    /// <summary>Reads preprocessor_config.json.</summary>
    /// <exception cref="ModelFormatException">It is missing or asks for what is not supported.</exception>
    public static PreprocessorConfig Read(string folder, int imageSize)
    {
        const string file = "preprocessor_config.json";
        var json = ModelJson.Read(folder, file);
        var resample = json.OptionalInt("resample") ?? Bicubic;
        if (resample != Bicubic)
        {
            throw new ModelFormatException($"{file}: resample is {resample}; {Bicubic} (bicubic) is supported.");
        }

        if (json.OptionalBool("do_resize") is false || json.OptionalBool("do_normalize") is false || json.OptionalBool("do_rescale") is false)
        {
            throw new ModelFormatException($"{file}: do_resize, do_rescale and do_normalize must be true.");
        }

        var size = json.OptionalInt("size", 1);
        var (height, width) = json.OptionalObject("size") is { } sides
            ? (sides.Int("height"), sides.Int("width"))
            : (size ?? imageSize, size ?? imageSize);
        if (height != imageSize || width != imageSize)
        {
            throw new ModelFormatException($"{file}: size is {height} x {width}, but config.json's vision_config has image_size {imageSize}.");
        }

        return new PreprocessorConfig(
            imageSize,
            json.OptionalNumber("rescale_factor") ?? (1.0 / 255),
            json.Numbers("image_mean", 3),
            json.Numbers("image_std", 3));
    }
}
