using System.Buffers.Binary;
using System.Text.Json;

namespace ImageToText.Captioning.Weights;

/// <summary>
/// Reads the table of contents of a safetensors file: eight bytes of header length, a JSON header, then the tensors'
/// bytes (https://huggingface.co/docs/safetensors). The tensors themselves are left where they are.
/// </summary>
internal static class SafetensorsFile
{
    // The format's own bound: a longer header is not a safetensors file.
    private const long MaxHeaderBytes = 100_000_000;

    /// <summary>Reads the entries of one file.</summary>
    /// <param name="path">Real path of the file.</param>
    /// <exception cref="ModelFormatException">The file is not safetensors, is truncated, or holds a tensor with a wrong extent.</exception>
    public static IReadOnlyList<TensorEntry> ReadEntries(string path)
    {
        var name = Path.GetFileName(path);
        using var stream = File.OpenRead(path);
        Span<byte> lengthBytes = stackalloc byte[8];
        if (stream.ReadAtLeast(lengthBytes, 8, throwOnEndOfStream: false) < 8)
        {
            throw new ModelFormatException($"{name} is not a safetensors file: it has fewer than 8 bytes.");
        }

        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (headerLength > MaxHeaderBytes || (long)headerLength > stream.Length - 8)
        {
            throw new ModelFormatException(
                $"{name} is not a safetensors file or is truncated: it announces a header of {headerLength} bytes and has {stream.Length} bytes in all.");
        }

        var header = new byte[headerLength];
        stream.ReadExactly(header);
        var dataStart = 8 + (long)headerLength;
        try
        {
            using var document = JsonDocument.Parse(header);
            return [.. document.RootElement.EnumerateObject()
                .Where(property => property.Name != "__metadata__")
                .Select(property => ReadEntry(property, path, name, dataStart, stream.Length))
                .OfType<TensorEntry>()];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new ModelFormatException($"{name} has a header that is not safetensors' JSON: {exception.Message}", exception);
        }
    }

    private static TensorEntry? ReadEntry(JsonProperty property, string path, string file, long dataStart, long fileLength)
    {
        var typeName = property.Value.GetProperty("dtype").GetString();
        TensorType? type = typeName switch
        {
            "F32" => TensorType.F32,
            "F16" => TensorType.F16,
            "BF16" => TensorType.BF16,
            "I8" => TensorType.I8,
            "U8" => TensorType.U8,
            "I64" => TensorType.I64,
            _ => null,
        };
        if (type is null)
        {
            // Kept out of the table: the graph that needs it says what is missing, buffers that nobody needs do no harm.
            return null;
        }

        long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(dimension => dimension.GetInt64())];
        var offsets = property.Value.GetProperty("data_offsets");
        var begin = offsets[0].GetInt64();
        var end = offsets[1].GetInt64();
        var entry = new TensorEntry(property.Name, type.Value, shape, path, dataStart + begin, end - begin);
        if (begin < 0 || end < begin || dataStart + end > fileLength)
        {
            throw new ModelFormatException(
                $"Tensor {property.Name} of {file} should end at byte {dataStart + end}, but the file has {fileLength} bytes: it is truncated. Download it again.");
        }

        if (shape.Any(dimension => dimension < 0) || entry.Count * SizeOf(type.Value) != entry.Length)
        {
            throw new ModelFormatException(
                $"Tensor {property.Name} of {file} has {entry.Length} bytes, which does not fit {typeName} {entry.ShapeText}.");
        }

        return entry;
    }

    /// <summary>Bytes of one element.</summary>
    public static int SizeOf(TensorType type) => type switch
    {
        TensorType.F32 => 4,
        TensorType.F16 or TensorType.BF16 => 2,
        TensorType.I8 or TensorType.U8 => 1,
        TensorType.I64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}
