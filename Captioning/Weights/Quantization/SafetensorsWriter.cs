using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ImageToText.Captioning.Weights.Quantization;

/// <summary>Writes a safetensors file whose tensors come from another checkpoint, unchanged or in eight bits.</summary>
internal sealed class SafetensorsWriter(string path) : IDisposable
{
    // Tensors start on a cache line.
    private const int Alignment = 64;

    private readonly FileStream _file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20);
    private readonly JsonObject _header = [];
    private readonly List<Action<CancellationToken>> _writes = [];
    private long _length;

    /// <summary>Adds a tensor in its own number format.</summary>
    public void AddCopy(TensorEntry tensor)
    {
        Announce(tensor.Name, tensor.Type.ToString(), tensor.Shape, tensor.Length);
        _writes.Add(cancellationToken =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            Pad(() =>
            {
                if (tensor.LiesAsItIs)
                {
                    CopyBytes(tensor);
                }
                else
                {
                    _file.Write(TensorReader.ReadBytes(tensor));
                }
            });
        });
    }

    /// <summary>Adds a matrix as eight-bit numbers [in, out] with a scale per output.</summary>
    /// <param name="tensor">The matrix.</param>
    /// <param name="inputsFirst">It is [in, out]; else [out, in].</param>
    public void AddMatrix(TensorEntry tensor, bool inputsFirst)
    {
        var (outputs, inputs) = SidesOf(tensor, inputsFirst);
        Announce(QuantizedNames.Matrix(tensor.Name), nameof(TensorType.I8), [inputs, outputs], (long)inputs * outputs);
        Announce(QuantizedNames.Scales(tensor.Name), nameof(TensorType.F32), [outputs], 4L * outputs);
        _writes.Add(cancellationToken =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            var matrix = MatrixQuantizer.Quantize(ReadOutputsFirst(tensor, inputsFirst), outputs, inputs);
            Pad(() => _file.Write(MemoryMarshal.AsBytes<sbyte>(matrix.Values)));
            Pad(() => _file.Write(MemoryMarshal.AsBytes<float>(matrix.Scales)));
        });
    }

    /// <summary>Adds a matrix as eight-bit numbers in blocks along the inputs.</summary>
    /// <param name="tensor">The matrix.</param>
    /// <param name="inputsFirst">It is [in, out]; else [out, in].</param>
    /// <param name="size">How many numbers share a scale.</param>
    public void AddBlocks(TensorEntry tensor, bool inputsFirst, int size)
    {
        var (outputs, inputs) = SidesOf(tensor, inputsFirst);
        Announce(QuantizedNames.Blocks(tensor.Name), nameof(TensorType.U8), [outputs, inputs / size, size], (long)inputs * outputs);
        Announce(QuantizedNames.BlockScales(tensor.Name), nameof(TensorType.F32), [outputs, inputs / size], 4L * outputs * (inputs / size));
        _writes.Add(cancellationToken =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (values, scales) = BlockQuantizer.Quantize(ReadOutputsFirst(tensor, inputsFirst), size);
            Pad(() => _file.Write(values));
            Pad(() => _file.Write(MemoryMarshal.AsBytes<float>(scales)));
        });
    }

    /// <summary>Writes everything that was added, one tensor after the other, and makes sure that it is on disk.</summary>
    /// <param name="progress">Told how many hundredths are written, each once.</param>
    /// <param name="cancellationToken">Stops before the next tensor.</param>
    public void WriteAll(Action<int>? progress, CancellationToken cancellationToken)
    {
        int told = 0;
        byte[] header = JsonSerializer.SerializeToUtf8Bytes(_header);
        long padded = Align(8 + header.Length) - 8;
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, padded);
        _file.Write(length);
        _file.Write(header);
        for (int i = header.Length; i < padded; i++)
        {
            _file.WriteByte((byte)' ');
        }

        foreach (var write in _writes)
        {
            write(cancellationToken);
            int written = (int)(100 * _file.Position / Math.Max(_length + padded + 8, 1));
            if (written > told)
            {
                progress?.Invoke(told = written);
            }
        }

        _file.Flush(flushToDisk: true);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static (int Outputs, int Inputs) SidesOf(TensorEntry tensor, bool inputsFirst) =>
        inputsFirst ? ((int)tensor.Shape[1], (int)tensor.Shape[0]) : ((int)tensor.Shape[0], (int)tensor.Shape[1]);

    private static float[] ReadOutputsFirst(TensorEntry tensor, bool inputsFirst)
    {
        float[] floats = TensorReader.ReadFloats(tensor);
        return inputsFirst ? Transposed(floats, (int)tensor.Shape[0], (int)tensor.Shape[1]) : floats;
    }

    private static float[] Transposed(float[] matrix, int rows, int columns)
    {
        float[] transposed = new float[matrix.Length];
        Parallel.For(
            0,
            columns,
            column =>
            {
                for (int row = 0; row < rows; row++)
                {
                    transposed[((long)column * rows) + row] = matrix[((long)row * columns) + column];
                }
            }
        );
        return transposed;
    }

    private void Announce(string name, string type, IEnumerable<long> shape, long bytes)
    {
        _header[name] = new JsonObject
        {
            ["dtype"] = type,
            ["shape"] = new JsonArray([.. shape.Select(dimension => (JsonNode)dimension)]),
            ["data_offsets"] = new JsonArray(_length, _length + bytes),
        };
        _length = Align(_length + bytes);
    }

    private void Pad(Action write)
    {
        write();
        while (_file.Position % Alignment != 0)
        {
            _file.WriteByte(0);
        }
    }

    private void CopyBytes(TensorEntry tensor)
    {
        using var source = File.OpenRead(tensor.File);
        source.Position = tensor.Offset;
        byte[] buffer = new byte[Math.Min(tensor.Length, 1 << 20)];
        for (long left = tensor.Length; left > 0; )
        {
            var part = buffer.AsSpan(0, (int)Math.Min(left, buffer.Length));
            source.ReadExactly(part);
            _file.Write(part);
            left -= part.Length;
        }
    }

    private static long Align(long position) => (position + Alignment - 1) / Alignment * Alignment;
}
