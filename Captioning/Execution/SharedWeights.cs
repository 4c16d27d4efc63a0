using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using ImageToText.Captioning.Layers.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Execution;

/// <summary>
/// The large weights of a model that several of its sessions use. ONNX Runtime rearranges weights for its kernels, once for every
/// session; here the sessions share the rearranged copy, so a language model with two graphs takes its memory once. Only on a CPU.
/// </summary>
internal sealed unsafe partial class SharedWeights : IDisposable
{
    // Less than a page is not worth an entry.
    private const long Least = 4096;
    private const int DontNeed = 4;

    private readonly string _root;
    private readonly Dictionary<string, MappedFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, nint> _tensors = new(StringComparer.Ordinal);

    /// <summary>The weights of one checkpoint.</summary>
    /// <param name="root">The folder that its files are named from.</param>
    public SharedWeights(string root) => _root = root;

    /// <summary>Weights as the kernels want them; a session adds what isn't there yet.</summary>
    public PrePackedWeightsContainer Rearranged { get; } = new();

    /// <summary>Lets a session use these weights in place of the graph's own. It must be disposed of before them.</summary>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses them.</exception>
    public void Lend(byte[] graph, SessionOptions options)
    {
        foreach (var weight in ModelProto.Parser.ParseFrom(graph).Graph.Initializer)
        {
            if (weight.DataLocation != TensorProto.Types.DataLocation.External || Number(weight, "length") < Least)
            {
                continue;
            }

            if (!_tensors.TryGetValue(weight.Name, out nint tensor))
            {
                _tensors[weight.Name] = tensor = Map(weight);
            }

            NativeInitializers.Add(options, weight.Name, tensor);
        }
    }

    /// <summary>
    /// Lets the system take back the files' pages in memory. What is used in its original form is read again when it is needed.
    /// </summary>
    public void GiveBackPages()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        foreach (var file in _files.Values)
        {
            // If it fails, the pages stay, which harms nothing.
            _ = Advise(file.Start, (nuint)file.Length, DontNeed);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Rearranged.Dispose();
        foreach (nint tensor in _tensors.Values)
        {
            NativeInitializers.Release(tensor);
        }

        foreach (var file in _files.Values)
        {
            file.Dispose();
        }
    }

    private nint Map(TensorProto weight)
    {
        string path = Path.Combine(_root, Text(weight, "location"));
        if (!_files.TryGetValue(path, out var file))
        {
            _files[path] = file = new MappedFile(path);
        }

        var (offset, length) = (Number(weight, "offset"), Number(weight, "length"));
        return offset + length <= file.Length
            ? NativeInitializers.TensorOver(file.Start + offset, length, [.. weight.Dims], (int)weight.DataType)
            : throw new ModelFormatException($"{path} is shorter than its header says: it has changed since it was read.");
    }

    private static long Number(TensorProto weight, string key) => long.Parse(Text(weight, key), CultureInfo.InvariantCulture);

    private static string Text(TensorProto weight, string key) => weight.ExternalData.First(pair => pair.Key == key).Value;

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(byte* start, nuint length, int advice);

    private sealed class MappedFile : IDisposable
    {
        private readonly MemoryMappedFile _file;
        private readonly MemoryMappedViewAccessor _view;

        public MappedFile(string path)
        {
            Length = new FileInfo(path).Length;
            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            byte* start = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            Start = start;
        }

        public byte* Start { get; }

        public long Length { get; }

        public void Dispose()
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}
