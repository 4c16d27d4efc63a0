using System.Buffers.Binary;
using System.Text.Json;

namespace ImageToText.Fixtures;

/// <summary>
/// A model that answers with places: the random Florence-2 in Microsoft's layout, with a logits bias that favours place tokens.
/// </summary>
internal static class PlaceWriter
{
    private const string Weights = "model.safetensors";
    private const int FirstPlace = 609;
    private const int Places = 1000;

    /// <summary>Writes the model's folder.</summary>
    /// <param name="source">tests/Fixtures/families/florence2-remote.</param>
    /// <param name="target">The folder to create.</param>
    public static void Write(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(source))
        {
            byte[] bytes = File.ReadAllBytes(file);
            if (Path.GetFileName(file) == Weights)
            {
                PreferPlaces(bytes);
            }

            File.WriteAllBytes(Path.Combine(target, Path.GetFileName(file)), bytes);
        }
    }

    private static void PreferPlaces(byte[] safetensors)
    {
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(safetensors);
        using var json = JsonDocument.Parse(safetensors.AsMemory(8, header));
        int bias = json.RootElement.GetProperty("language_model.final_logits_bias").GetProperty("data_offsets")[0].GetInt32();
        for (int id = FirstPlace; id < FirstPlace + Places; id++)
        {
            BinaryPrimitives.WriteHalfLittleEndian(safetensors.AsSpan(8 + header + bias + (2 * id)), (Half)20);
        }
    }
}
