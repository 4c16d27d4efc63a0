using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Weights;
using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Execution;

/// <summary>Lets a language model read a prefix: the picture's tokens among the words around them. Not thread-safe.</summary>
internal sealed class PrefixReader : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly int _layers;

    /// <summary>Compiles and loads the graph.</summary>
    public PrefixReader(PrefixDecoder decoder, Checkpoint weights, SharedWeights? shared, ComputeDevice device, ExecutionOptions options)
    {
        _layers = decoder.Layers;
        using var session = device.CreateSessionOptions(weights.RootFolder);
        _session = ModelSession.Open(PrefixGraph.Build(decoder, weights, options.Precision), session, shared);
    }

    /// <summary>Computes a prefix's keys and values.</summary>
    /// <param name="ids">Its ids, with the picture's in place of its tokens; empty: only the picture's tokens.</param>
    /// <param name="pictureId">The id for a token of the picture.</param>
    /// <param name="picture">The picture's tokens, [tokens, hidden].</param>
    /// <param name="memory">Receives keys and values.</param>
    /// <param name="entry">The prefix they belong to.</param>
    public void Read(ReadOnlySpan<int> ids, int? pictureId, OrtValue picture, KeyValueMemory memory, PrefixEntry entry)
    {
        // A graph's input can't be empty, so if the prefix has no words, one is looked up and not used.
        List<long> words = [];
        long[] sources = new long[entry.Length];
        int count = ids.IsEmpty ? 0 : ids.Length - ids.Count(pictureId!.Value);
        for (int i = 0, seen = 0; i < sources.Length; i++)
        {
            if (ids.IsEmpty || ids[i] == pictureId)
            {
                sources[i] = Math.Max(count, 1) + seen++;
            }
            else
            {
                sources[i] = words.Count;
                words.Add(ids[i]);
            }
        }

        if (words.Count == 0)
        {
            words.Add(0);
        }

        using var binding = _session.CreateIoBinding();
        using var bound = new DisposableValues();
        bound.Add(binding, PrefixGraph.Ids, [.. words]);
        bound.Add(binding, PrefixGraph.Sources, sources);
        bound.Add(binding, PrefixGraph.Positions, [.. Enumerable.Range(0, entry.Length).Select(static position => (long)position)]);
        bound.Add(binding, PrefixGraph.LastPosition, [entry.Length - 1]);
        bound.Add(binding, PrefixGraph.Length, [entry.Length]);
        bound.Add(binding, PrefixGraph.Room, [(long)(memory.Size.PrefixPositions - entry.Length)]);
        binding.BindInput(PrefixGraph.Picture, picture);
        for (int layer = 0; layer < _layers; layer++)
        {
            binding.BindOutput(PrefixGraph.Keys(layer), memory.PrefixKeys.Single(layer, entry.Index));
            binding.BindOutput(PrefixGraph.Values(layer), memory.PrefixValues.Single(layer, entry.Index));
        }

        _session.RunWithBinding(_runOptions, binding);
        binding.SynchronizeBoundOutputs();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _runOptions.Dispose();
        _session.Dispose();
    }

    // Small inputs of one run.
    private sealed class DisposableValues : IDisposable
    {
        private readonly List<IDisposable> _values = [];

        public void Add<T>(OrtIoBinding binding, string name, T[] numbers)
            where T : unmanaged
        {
            var buffer = new HostBuffer<T>(numbers.Length);
            numbers.CopyTo(buffer.Slice(0, numbers.Length));
            var tensor = buffer.Tensor(0, numbers.Length);
            _values.AddRange([tensor, buffer]);
            binding.BindInput(name, tensor);
        }

        public void Dispose() => _values.ForEach(static value => value.Dispose());
    }
}
