using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageToText.Captioning.Architectures;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Bench.Engine;

/// <summary>
/// A model folder of real shapes with random weights, in float32 or as config.json's torch_dtype says. It serves to measure speed and
/// memory, not accuracy.
/// </summary>
internal static class RandomModel
{
    private const int Seed = 1;
    private const string TensorsFile = "tensors.json";

    /// <summary>The shapes that can be written.</summary>
    public static IReadOnlyList<string> Shapes { get; } =
    [
        "blip-base",
        "blip-large",
        "vit-gpt2",
        "trocr-base",
        "trocr-large",
        "manga-ocr",
        "florence2-base",
        "git-base",
        "smolvlm-256m",
        "blip2-opt-2.7b",
    ];

    /// <summary>The tensors of a shape: those of its tensors.json or, without one, those that the engine reads.</summary>
    public static IReadOnlyList<(string Name, long[] Shape)> TensorsOf(string shape)
    {
        string source = Path.Combine(AppContext.BaseDirectory, "Shapes", shape);
        string listed = Path.Combine(source, TensorsFile);
        if (!File.Exists(listed))
        {
            var config = ModelJson.Read(source, ArchitectureList.ConfigFile);
            var uses = ArchitectureList.Find(config).Check(config).Uses.Values;
            return [.. uses.OrderBy(static use => use.Name, StringComparer.Ordinal).Select(static use => (use.Name, use.Shape.ToArray()))];
        }

        using var document = JsonDocument.Parse(File.ReadAllBytes(listed));
        return
        [
            .. document
                .RootElement.GetProperty("tensors")
                .EnumerateObject()
                .Select(property => (property.Name, property.Value.EnumerateArray().Select(size => size.GetInt64()).ToArray())),
        ];
    }

    /// <summary>Writes the folder if it does not exist.</summary>
    public static void Write(string shape, string folder)
    {
        string weights = Path.Combine(folder, "model.safetensors");
        if (File.Exists(weights))
        {
            return;
        }

        Directory.CreateDirectory(folder);
        string source = Path.Combine(AppContext.BaseDirectory, "Shapes", shape);
        foreach (var file in new DirectoryInfo(source).EnumerateFiles("*.json").Where(static file => file.Name != TensorsFile))
        {
            file.CopyTo(Path.Combine(folder, file.Name), overwrite: true);
        }

        RandomVocabulary.Write(folder);
        string temporary = weights + ".tmp";
        bool isHalf =
            (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(folder, ArchitectureList.ConfigFile)))!["torch_dtype"] == "float16";
        WriteWeights(TensorsOf(shape), isHalf, temporary);
        File.Move(temporary, weights);
    }

    private static void WriteWeights(IReadOnlyList<(string Name, long[] Shape)> tensors, bool isHalf, string path)
    {
        var header = new JsonObject();
        long offset = 0L;
        foreach (var (name, shape) in tensors)
        {
            long bytes = Count(shape) * (isHalf ? 2 : sizeof(float));
            header[name] = new JsonObject
            {
                ["dtype"] = isHalf ? "F16" : "F32",
                ["shape"] = new JsonArray([.. shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(offset, offset + bytes),
            };
            offset += bytes;
        }

        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        file.Write(json);
        var random = new Random(Seed);
        foreach (var (name, shape) in tensors)
        {
            float[] values = Draw(name, Count(shape), random);
            file.Write(
                isHalf
                    ? MemoryMarshal.AsBytes<Half>(Array.ConvertAll(values, static value => (Half)value))
                    : MemoryMarshal.AsBytes<float>(values)
            );
        }
    }

    // Like a newly initialized BERT: small matrices, and normalizations that change nothing (GPT-2 calls them ln_1, ln_f and so
    // on).
    private static float[] Draw(string name, long count, Random random)
    {
        float[] values = new float[count];
        bool isNorm = name.Contains("norm", StringComparison.OrdinalIgnoreCase) || name.Contains(".ln_", StringComparison.Ordinal);
        if (isNorm && name.EndsWith("weight", StringComparison.Ordinal))
        {
            Array.Fill(values, 1f);
        }
        else if (!name.EndsWith("bias", StringComparison.Ordinal))
        {
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (random.NextSingle() - 0.5f) * 0.07f;
            }
        }

        return values;
    }

    private static long Count(long[] shape) => shape.Aggregate(1L, (product, size) => product * size);
}
