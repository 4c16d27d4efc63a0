using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ImageToText.Captioning.Weights.Torch;

/// <summary>
/// Reads the table of contents of a PyTorch file (torch.save since 1.6): a zip with a pickle that describes the tensors, and one
/// stored entry per storage of numbers. The numbers are not read, and nothing in the pickle is run.
/// </summary>
internal static class TorchFile
{
    private const string PickleName = "/data.pkl";

    // What is built from a pickle is several times as large; it stays small beside the file, as in any weights file.
    private const int PickleShare = 64;
    private const int FreePickleBytes = 64 * 1024;
    private const int MaxPickleBytes = 64 * 1024 * 1024;

    // Tensors may share numbers, as an output matrix and the embeddings do, but a small file must not make a large model that
    // way.
    private const int MaxSharing = 8;

    /// <summary>Reads the entries of one file.</summary>
    /// <param name="path">Real path of the file.</param>
    /// <param name="name">Its name for error messages.</param>
    /// <exception cref="ModelFormatException">
    /// The file is not such a zip, is damaged, or its pickle asks for anything other than tensors.
    /// </exception>
    public static IReadOnlyList<TensorEntry> ReadEntries(string path, string name)
    {
        using var file = File.OpenHandle(path);
        RefuseOthers(file, name);
        var archive = TorchArchive.Read(file, name);
        string pickle = archive.Keys.Where(entry => entry.EndsWith(PickleName, StringComparison.Ordinal)).Take(2).ToArray() switch
        {
            [var only] => only,
            [] => throw new ModelFormatException($"{name} is a zip file without data.pkl: not a PyTorch file of weights."),
            _ => throw new ModelFormatException($"{name} has more than one data.pkl: not a PyTorch file of weights."),
        };
        string folder = pickle[..^PickleName.Length];
        RefuseBigEndian(file, archive, folder, name);
        long length = RandomAccess.GetLength(file);
        long pickleLength = archive[pickle].Length;
        if (pickleLength > Math.Min(length / PickleShare, MaxPickleBytes) + FreePickleBytes)
        {
            throw new ModelFormatException(
                $"{name} is not read: of its {length} bytes, {pickleLength} are its pickle, far more than " + $"names and shapes need."
            );
        }

        var entries = new List<TensorEntry>();
        Int128 total = 0;
        foreach (var (tensorName, tensor) in TorchPickle.Read(Read(file, archive[pickle]), name))
        {
            var entry = Locate(tensorName, tensor, archive, folder, path, name);
            entries.Add(entry);
            total += entry.Length;
        }

        return total <= (Int128)length * MaxSharing
            ? entries
            : throw new ModelFormatException($"{name} has {length} bytes, but its tensors would take {total}.");
    }

    private static TensorEntry Locate(
        string tensorName,
        TorchTensor tensor,
        Dictionary<string, TorchArchiveEntry> archive,
        string folder,
        string path,
        string file
    )
    {
        var (storage, offset, shape, strides) = tensor;
        if (!archive.TryGetValue($"{folder}/data/{storage.Key}", out var place))
        {
            throw new ModelFormatException($"{file} lacks the numbers of tensor {tensorName}: there is no entry data/{storage.Key}.");
        }

        int size = TensorEntry.SizeOf(storage.Type);
        if (storage.Count < 0 || (Int128)storage.Count * size != place.Length)
        {
            throw new ModelFormatException(
                $"Tensor {tensorName} of {file} calls for a storage of {storage.Count} numbers of {size} bytes, but entry "
                    + $"data/{storage.Key} has {place.Length} bytes."
            );
        }

        if (
            TensorEntry.BytesOf(storage.Type, shape) is not { } bytes
            || strides.Length != shape.Length
            || strides.Any(static stride => stride < 0)
        )
        {
            throw new ModelFormatException(
                $"Tensor {tensorName} of {file} has shape {TensorEntry.Describe(shape)} and strides {TensorEntry.Describe(strides)}, "
                    + $"which do not form a tensor."
            );
        }

        // One more than the last number that the tensor uses.
        var last = shape.Zip(strides).Aggregate((Int128)0, static (sum, side) => sum + ((Int128)(side.First - 1) * side.Second));
        var end = bytes == 0 ? offset : offset + last + 1;
        if (offset < 0 || end > storage.Count)
        {
            throw new ModelFormatException(
                $"Tensor {tensorName} of {file} reaches to number {end} of a storage of {storage.Count}: shape "
                    + $"{TensorEntry.Describe(shape)} from number {offset} on."
            );
        }

        bool inRows = bytes == 0 || LiesInRows(shape, strides);
        if (!inRows && Math.Max(bytes, (long)(end - offset) * size) > Array.MaxLength)
        {
            throw new ModelFormatException($"Tensor {tensorName} of {file} is not stored in rows and is too large to be rearranged.");
        }

        long start = place.Offset + (offset * size);
        return new TensorEntry(tensorName, storage.Type, shape, path, start, bytes) { Strides = inRows ? null : strides };
    }

    private static bool LiesInRows(long[] shape, long[] strides)
    {
        long expected = 1L;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            if (shape[i] != 1 && strides[i] != expected)
            {
                return false;
            }

            expected *= shape[i];
        }

        return true;
    }

    private static void RefuseBigEndian(SafeFileHandle file, Dictionary<string, TorchArchiveEntry> archive, string folder, string name)
    {
        if (
            archive.TryGetValue($"{folder}/byteorder", out var order)
            && (order.Length > 16 || Encoding.UTF8.GetString(Read(file, order)) is not "little")
        )
        {
            throw new ModelFormatException(
                $"{name} was written by a big-endian machine; its numbers must be little-endian. Save it " + $"again on another machine."
            );
        }
    }

    private static void RefuseOthers(SafeFileHandle file, string name)
    {
        byte[] head = Read(file, new TorchArchiveEntry(0, Math.Min(RandomAccess.GetLength(file), ForeignFile.HeadBytes)));
        if (head.AsSpan().StartsWith("PK\x03\x04"u8))
        {
            return;
        }

        string found = ForeignFile.Describe(head);
        ModelFormatException? inner = null;
        if (ForeignFile.IsBarePickle(head))
        {
            try
            {
                TorchPickle.Read(head, name);
            }
            catch (ModelFormatException exception)
            {
                // What it would do is more informative than that the zip is missing.
                (found, inner) = ($"{found}. {exception.Message.TrimEnd('.')}", exception);
            }
        }

        throw new ModelFormatException($"{name} is not a PyTorch file of weights (torch 1.6 or later): {found}.", inner);
    }

    private static byte[] Read(SafeFileHandle file, TorchArchiveEntry place)
    {
        byte[] bytes = new byte[place.Length];
        for (int done = 0; done < bytes.Length; )
        {
            int read = RandomAccess.Read(file, bytes.AsSpan(done), place.Offset + done);
            if (read == 0)
            {
                throw new ModelFormatException("The file became shorter while it was read.");
            }

            done += read;
        }

        return bytes;
    }
}
