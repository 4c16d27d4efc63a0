using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ImageToText.Bench.Engine;

/// <summary>
/// A model folder of real shapes whose float32 weights are drawn at random: it settles speed and memory, not accuracy.
/// </summary>
internal static class RandomModel
{
    private const int WordPieces = 30_522;
    private const int Seed = 1;

    /// <summary>The shapes that can be written.</summary>
    public static IReadOnlyList<string> Shapes { get; } = ["blip-base", "blip-large"];

    /// <summary>Writes the folder where it is not there yet.</summary>
    public static void Write(string shape, string folder)
    {
        var weights = Path.Combine(folder, "model.safetensors");
        if (File.Exists(weights))
        {
            return;
        }

        Directory.CreateDirectory(folder);
        var source = Path.Combine(AppContext.BaseDirectory, "Shapes", shape);
        foreach (var file in new[] { "config.json", "preprocessor_config.json" })
        {
            File.Copy(Path.Combine(source, file), Path.Combine(folder, file), overwrite: true);
        }

        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), Vocabulary());
        var temporary = weights + ".tmp";
        WriteWeights(Path.Combine(source, "tensors.json"), temporary);
        File.Move(temporary, weights);
    }

    // The places of the special pieces are those of BERT's vocabulary, which config.json relies on.
    private static IEnumerable<string> Vocabulary() => Enumerable.Range(0, WordPieces).Select(id => id switch
    {
        0 => "[PAD]",
        100 => "[UNK]",
        101 => "[CLS]",
        102 => "[SEP]",
        103 => "[MASK]",
        _ => $"w{id}",
    });

    private static void WriteWeights(string tensorsFile, string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(tensorsFile));
        var tensors = document.RootElement.GetProperty("tensors").EnumerateObject()
            .Select(property => (property.Name, Shape: property.Value.EnumerateArray().Select(size => size.GetInt64()).ToArray())).ToArray();
        var header = new JsonObject();
        var offset = 0L;
        foreach (var (name, shape) in tensors)
        {
            var bytes = Count(shape) * sizeof(float);
            header[name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(offset, offset + bytes),
            };
            offset += bytes;
        }

        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        file.Write(json);
        var random = new Random(Seed);
        foreach (var (name, shape) in tensors)
        {
            file.Write(MemoryMarshal.AsBytes<float>(Draw(name, Count(shape), random)));
        }
    }

    // As a freshly initialized BERT: small matrices, and normalizations that change nothing.
    private static float[] Draw(string name, long count, Random random)
    {
        var values = new float[count];
        if (name.Contains("norm", StringComparison.OrdinalIgnoreCase) && name.EndsWith("weight", StringComparison.Ordinal))
        {
            Array.Fill(values, 1f);
        }
        else if (!name.EndsWith("bias", StringComparison.Ordinal))
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (random.NextSingle() - 0.5f) * 0.07f;
            }
        }

        return values;
    }

    private static long Count(long[] shape) => shape.Aggregate(1L, (product, size) => product * size);
}
