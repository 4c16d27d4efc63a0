using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Weights;
using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Execution;

/// <summary>The shape of one run of the language model.</summary>
/// <param name="FirstRow">First row of the texts.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Sequence">Tokens of each row.</param>
/// <param name="FirstPrefix">First prefix.</param>
/// <param name="Prefixes">Prefixes.</param>
/// <param name="Width">Tokens reserved for each prefix.</param>
internal readonly record struct StepShape(int FirstRow, int Rows, int Sequence, int FirstPrefix, int Prefixes, int Width);

/// <summary>
/// The language model of a loaded model, with the memory for its keys and values. Write the inputs into its buffers, then call
/// <see cref="Run"/>. Not thread-safe; allocates nothing while the shape stays the same.
/// </summary>
internal sealed class PrefixSteps : IDisposable
{
    /// <summary>The most tokens of a prompt to read in one run.</summary>
    public const int PromptStretch = 64;

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly ComputeDevice _device;
    private readonly int _layers;
    private readonly int _heads;
    private readonly HostBuffer<float> _logits;
    private readonly SessionBinding _binding;
    private StepShape _boundShape;
    private int _boundVersion;

    /// <summary>Compiles and loads the graph.</summary>
    public PrefixSteps(PrefixPlan plan, Checkpoint weights, SharedWeights? shared, ComputeDevice device, ExecutionOptions options)
    {
        var decoder = plan.Decoder;
        var capacity = Capacity = options.Capacity;
        VocabularySize = decoder.VocabularySize;
        _device = device;
        _layers = decoder.Layers;
        _heads = decoder.KeyValueHeads;
        using var session = device.CreateSessionOptions(weights.RootFolder);
        _session = ModelSession.Open(PrefixStepGraph.Build(decoder, weights, options.Precision), session, shared);
        _binding = new SessionBinding(_session, device);
        Memory = new KeyValueMemory(plan, device, options);

        int tokens = Math.Max(capacity.Rows, PromptStretch);
        Ids = new HostBuffer<long>(tokens);
        Positions = new HostBuffer<long>(tokens);
        Places = new HostBuffer<long>((long)tokens * _heads * 3);
        TextMask = new HostBuffer<float>((long)tokens * PrefixStepGraph.Padded(decoder.MaxPositions));
        PrefixMask = new HostBuffer<float>((long)capacity.Pictures * PrefixStepGraph.Padded(plan.MaxPrefix));
        Fold = new HostBuffer<long>((long)capacity.Pictures * tokens);
        Unfold = new HostBuffer<long>(tokens);
        LastTokens = new HostBuffer<long>(capacity.Rows);
        PositionCounts = new HostBuffer<long>(2);
        _logits = new HostBuffer<float>((long)capacity.Rows * VocabularySize, device.TryPinnedMemory(_session));
    }

    /// <summary>The number of logits per row.</summary>
    public int VocabularySize { get; }

    /// <summary>What there is room for.</summary>
    public BatchCapacity Capacity { get; }

    /// <summary>
    /// The least number of tokens to reserve for each prefix: a GPU may use another kernel for a single one than for several.
    /// </summary>
    public int LeastWidth => _device.IsCuda ? 2 : 1;

    /// <summary>Keys and values.</summary>
    public KeyValueMemory Memory { get; }

    /// <summary>[rows, sequence].</summary>
    public HostBuffer<long> Ids { get; }

    /// <summary>[rows x sequence].</summary>
    public HostBuffer<long> Positions { get; }

    /// <summary>[prefixes, width].</summary>
    public HostBuffer<long> Fold { get; }

    /// <summary>[rows x sequence].</summary>
    public HostBuffer<long> Unfold { get; }

    /// <summary>[rows].</summary>
    public HostBuffer<long> LastTokens { get; }

    private HostBuffer<long> Places { get; }

    private HostBuffer<float> TextMask { get; }

    private HostBuffer<float> PrefixMask { get; }

    private HostBuffer<long> PositionCounts { get; }

    /// <summary>Says where a token's keys and values go, and that it sees its text up to itself.</summary>
    /// <param name="token">The flat token.</param>
    /// <param name="row">Its row, counted from the first row of the run.</param>
    /// <param name="position">Its position in the text.</param>
    public void Place(int token, int row, int position)
    {
        var places = Places.Slice((long)token * _heads * 3, _heads * 3);
        for (int head = 0; head < _heads; head++)
        {
            (places[3 * head], places[(3 * head) + 1], places[(3 * head) + 2]) = (row, head, position);
        }

        int width = Memory.Size.TextPositions;
        WriteMask(TextMask.Slice((long)token * width, width), position + 1);
    }

    /// <summary>Says how long a prefix is.</summary>
    /// <param name="index">The prefix, counted from the first one of the run.</param>
    /// <param name="length">Its tokens.</param>
    public void PlacePrefix(int index, int length)
    {
        int width = Memory.Size.PrefixPositions;
        WriteMask(PrefixMask.Slice((long)index * width, width), length);
    }

    /// <summary>Runs the model on the contents of the input buffers.</summary>
    /// <returns>The logits [rows, vocabulary]. They are valid until the next run and may be overwritten.</returns>
    public Span<float> Run(StepShape shape)
    {
        PositionCounts.Slice(0, 2)[0] = Memory.Size.PrefixPositions;
        PositionCounts.Slice(0, 2)[1] = Memory.Size.TextPositions;
        if (!_binding.IsBound || shape != _boundShape || _boundVersion != Memory.Version)
        {
            Bind(shape);
        }

        _binding.Run(_runOptions);
        return _logits.Slice(0, shape.Rows * VocabularySize);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        Memory.Dispose();
        foreach (
            var buffer in (IDisposable[])[Ids, Positions, Places, TextMask, PrefixMask, Fold, Unfold, LastTokens, PositionCounts, _logits]
        )
        {
            buffer.Dispose();
        }

        _runOptions.Dispose();
        _session.Dispose();
    }

    private static void WriteMask(Span<float> mask, int seen)
    {
        mask[..seen].Clear();
        mask[seen..].Fill(PrefixStepGraph.Masked);
    }

    private void Bind(StepShape shape)
    {
        var binding = _binding.Begin();
        var size = Memory.Size;
        int tokens = shape.Rows * shape.Sequence;
        _binding.Input(PrefixStepGraph.Ids, Ids.Tensor(0, shape.Rows, shape.Sequence));
        _binding.Input(PrefixStepGraph.Positions, Positions.Tensor(0, tokens));
        _binding.Input(PrefixStepGraph.Places, Places.Tensor(0, tokens, _heads, 3));
        _binding.Input(PrefixStepGraph.TextMask, TextMask.Tensor(0, shape.Rows, shape.Sequence, 1, 1, size.TextPositions));
        _binding.Input(PrefixStepGraph.PrefixMask, PrefixMask.Tensor(0, shape.Prefixes, 1, 1, 1, size.PrefixPositions));
        _binding.Input(PrefixStepGraph.Fold, Fold.Tensor(0, shape.Prefixes, shape.Width));
        _binding.Input(PrefixStepGraph.Unfold, Unfold.Tensor(0, tokens));
        _binding.Input(PrefixStepGraph.LastTokens, LastTokens.Tensor(0, shape.Rows));
        _binding.Input(PrefixStepGraph.PositionCounts, PositionCounts.Tensor(0, 2));
        for (int layer = 0; layer < _layers; layer++)
        {
            var keys = Memory.Texts.Bound(2 * layer, shape.FirstRow, shape.Rows);
            var values = Memory.Texts.Bound((2 * layer) + 1, shape.FirstRow, shape.Rows);
            binding.BindInput(PrefixStepGraph.PastKeys(layer), keys);
            binding.BindInput(PrefixStepGraph.PastValues(layer), values);
            binding.BindOutput(PrefixStepGraph.PresentKeys(layer), keys);
            binding.BindOutput(PrefixStepGraph.PresentValues(layer), values);
            binding.BindInput(PrefixGraph.Keys(layer), Memory.PrefixKeys.Bound(layer, shape.FirstPrefix, shape.Prefixes));
            binding.BindInput(PrefixGraph.Values(layer), Memory.PrefixValues.Bound(layer, shape.FirstPrefix, shape.Prefixes));
        }

        _binding.Output(PrefixStepGraph.Logits, _logits.Tensor(0, shape.Rows, VocabularySize));
        (_boundShape, _boundVersion) = (shape, Memory.Version);
    }
}
