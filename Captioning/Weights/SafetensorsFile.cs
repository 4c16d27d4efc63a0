using System.Buffers.Binary;
using System.Text.Json;

namespace ImageToText.Captioning.Weights;

/// <summary>
/// Reads the table of contents of a safetensors file: eight bytes of header length, a JSON header, then the tensors' bytes
/// (https://huggingface.co/docs/safetensors). The tensors themselves are not read.
/// </summary>
internal static class SafetensorsFile
{
    // The format's own limit: a longer header is not a safetensors file.
    private const long MaxHeaderBytes = 100_000_000;

    // What is built from a header is several times as large; it stays small beside the file, as in any weights file.
    private const int HeaderShare = 4;
    private const int FreeHeaderBytes = 1024 * 1024;

    /// <summary>Reads the entries of one file.</summary>
    /// <param name="path">Real path of the file.</param>
    /// <param name="name">Its name for error messages; null: the last part of the path.</param>
    /// <exception cref="ModelFormatException">The file is not safetensors, is truncated, or holds a tensor with a wrong extent.</exception>
    public static IReadOnlyList<TensorEntry> ReadEntries(string path, string? name = null)
    {
        name ??= Path.GetFileName(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        byte[] head = new byte[ForeignFile.HeadBytes];
        head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (head.Length < 8)
        {
            string found = head.Length == 0 ? $"; {ForeignFile.Describe(head)}" : "";
            throw new ModelFormatException($"{name} is not a safetensors file: it has fewer than 8 bytes{found}.");
        }

        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(head);
        if (headerLength > MaxHeaderBytes || (long)headerLength > stream.Length - 8)
        {
            throw new ModelFormatException(
                $"{name} is not a safetensors file or is truncated: it announces a header of {headerLength} bytes and has "
                    + $"{stream.Length} bytes in all; {ForeignFile.Describe(head)}."
            );
        }

        if ((long)headerLength > (stream.Length / HeaderShare) + FreeHeaderBytes)
        {
            throw new ModelFormatException(
                $"{name} is not read: of its {stream.Length} bytes, {headerLength} are its header, far more "
                    + $"than names and shapes need."
            );
        }

        stream.Position = 8;
        byte[] header = new byte[headerLength];
        stream.ReadExactly(header);
        try
        {
            return ReadEntries(header, path, name, 8 + (long)headerLength, stream.Length);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new ModelFormatException($"{name} has a header that is not safetensors' JSON: {exception.Message}", exception);
        }
    }

    private static List<TensorEntry> ReadEntries(ReadOnlySpan<byte> header, string path, string file, long dataStart, long fileLength)
    {
        var entries = new List<TensorEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(header);
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (name == "__metadata__")
            {
                reader.Skip();
                continue;
            }

            if (!names.Add(name))
            {
                throw new ModelFormatException($"{file} names tensor {name} twice.");
            }

            entries.Add(ReadEntry(ref reader, name, path, file, dataStart, fileLength));
        }

        // Continues reading if something follows the header's object.
        reader.Read();
        RefuseOverlaps(entries, file);
        return entries;
    }

    private static TensorEntry ReadEntry(ref Utf8JsonReader reader, string name, string path, string file, long dataStart, long fileLength)
    {
        string? typeName = null;
        long[]? shape = null;
        long[]? offsets = null;
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("dtype"u8))
            {
                Expect(ref reader, JsonTokenType.String);
                typeName = reader.GetString();
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                shape = ReadNumbers(ref reader, $"Tensor {name} of {file} has a shape");
            }
            else if (reader.ValueTextEquals("data_offsets"u8))
            {
                offsets = ReadNumbers(ref reader, $"Tensor {name} of {file} has data_offsets");
            }
            else
            {
                reader.Skip();
            }
        }

        if (typeName is null || shape is null || offsets is not [var begin, var end])
        {
            throw new ModelFormatException($"Tensor {name} of {file} lacks dtype, shape or its two data_offsets.");
        }

        if (begin < 0 || end < begin || end > fileLength - dataStart)
        {
            throw new ModelFormatException(
                $"Tensor {name} of {file} should be at bytes {begin} to {end} of the {fileLength - dataStart} after the header: the "
                    + $"file is truncated. Download it again."
            );
        }

        // A tensor of another type does no harm if nobody asks for it.
        var type = TypeOf(typeName);
        return type is TensorType.Unknown || TensorEntry.BytesOf(type, shape) == end - begin
            ? new TensorEntry(name, type, shape, path, dataStart + begin, end - begin)
            : throw new ModelFormatException(
                $"Tensor {name} of {file} has {end - begin} bytes, which does not fit {typeName} " + $"{TensorEntry.Describe(shape)}."
            );
    }

    private static long[] ReadNumbers(ref Utf8JsonReader reader, string what)
    {
        Span<long> numbers = stackalloc long[TensorEntry.MaxRank];
        int count = 0;
        Expect(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType is JsonTokenType.Number)
        {
            if (count == numbers.Length)
            {
                throw new ModelFormatException($"{what} of more than {numbers.Length} numbers.");
            }

            numbers[count++] = reader.GetInt64();
        }

        return reader.TokenType is JsonTokenType.EndArray
            ? numbers[..count].ToArray()
            : throw new ModelFormatException($"{what} that holds something other than numbers.");
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw new FormatException($"{reader.TokenType} is at byte {reader.TokenStartIndex}; {type} is expected.");
        }
    }

    private static void RefuseOverlaps(List<TensorEntry> entries, string file)
    {
        TensorEntry? last = null;
        foreach (var entry in entries.Where(static entry => entry.Length > 0).OrderBy(static entry => entry.Offset))
        {
            if (last is not null && entry.Offset < last.Offset + last.Length)
            {
                throw new ModelFormatException($"Tensors {last.Name} and {entry.Name} of {file} overlap.");
            }

            last = entry;
        }
    }

    private static TensorType TypeOf(string name) =>
        name switch
        {
            "F64" => TensorType.F64,
            "F32" => TensorType.F32,
            "F16" => TensorType.F16,
            "BF16" => TensorType.BF16,
            "I64" => TensorType.I64,
            "I32" => TensorType.I32,
            "I16" => TensorType.I16,
            "I8" => TensorType.I8,
            "U8" => TensorType.U8,
            "BOOL" => TensorType.Bool,
            _ => TensorType.Unknown,
        };
}
