using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Weights;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using DataType = ImageToText.Captioning.Layers.Onnx.TensorProto.Types.DataType;

namespace ImageToText.Captioning.Execution;

/// <summary>
/// The decoder's steps as CUDA graphs: the kernels for a shape are recorded once and then launched together, instead of one by one by
/// the processor. A recording reads and writes fixed places in the device's memory. A small session copies the inputs there before it
/// runs, and another copies the logits from there afterwards.
/// </summary>
internal sealed class StepGraphs : IDisposable
{
    private const int LeastRecordings = 128;
    private const string NoRecording = "-1";

    // CUDA lets nobody else in the process allocate while a thread records, so two models record one after the other. Steps of another
    // model that allocate meanwhile are not held up: the recording may then fail, and this model goes on without recordings.
    private static readonly Lock Turn = new();

    private readonly int _most;
    private readonly Action<string>? _refused;
    private readonly ComputeDevice _device;
    private readonly InferenceSession _decoder;
    private readonly InferenceSession _stage;
    private readonly InferenceSession _fetch;
    private readonly OrtAllocator _allocator;
    private readonly Dictionary<string, OrtMemoryAllocation> _places = [];
    private readonly OrtMemoryAllocation _logits;
    private readonly RunOptions _plain = new();
    private readonly Dictionary<StepKey, Recording> _recordings = [];
    private bool _isRefused;

    /// <summary>Allocates the fixed places.</summary>
    /// <param name="device">A GPU.</param>
    /// <param name="decoder">The decoder's session, opened for CUDA graphs.</param>
    /// <param name="inputs">The inputs of a step that the processor writes, at their maximum size.</param>
    /// <param name="logits">The number of logits of all rows.</param>
    /// <param name="rows">The maximum number of rows.</param>
    /// <param name="refused">Receives the reason if a step can't be recorded.</param>
    public StepGraphs(
        ComputeDevice device,
        InferenceSession decoder,
        IReadOnlyList<StepInput> inputs,
        long logits,
        int rows,
        Action<string>? refused
    )
    {
        // Greedy captions need one for each number of rows in each pair of places. A recording takes memory, and ONNX Runtime keeps it as
        // long as the session, so there can't be any number of them.
        _most = Math.Max(LeastRecordings, 4 * rows);
        _refused = refused;
        _device = device;
        _decoder = decoder;
        _stage = Open(
            graph =>
            {
                foreach (var input in inputs)
                {
                    var type = input.IsLong ? DataType.Int64 : DataType.Int32;
                    graph.Output(graph.Node("Identity", [graph.Input(input.Name, type, "numbers")]), Staged(input.Name), type, "numbers");
                }
            },
            device
        );
        _fetch = Open(
            static graph =>
                graph.Output(
                    graph.Node("Identity", [graph.Input(TextDecoderGraph.Logits, DataType.Float, "numbers")]),
                    Staged(TextDecoderGraph.Logits),
                    DataType.Float,
                    "numbers"
                ),
            device
        );
        _allocator = new OrtAllocator(decoder, device.MemoryInfo);
        foreach (var input in inputs)
        {
            _places[input.Name] = _allocator.Allocate(checked((uint)(input.Most * input.Bytes)));
        }

        _logits = _allocator.Allocate(checked((uint)(logits * sizeof(float))));
    }

    /// <summary>The value that tells a session not to record a run.</summary>
    public static void LeaveOut(RunOptions options) => options.AddRunConfigEntry("gpu_graph_id", NoRecording);

    /// <summary>Runs a step, and records it the first time.</summary>
    /// <param name="key">Its shape, and the memory that holds its rows now.</param>
    /// <param name="inputs">The inputs as the processor has written them.</param>
    /// <param name="logits">Where the logits go, [rows x vocabulary].</param>
    /// <param name="bindRows">Binds what stays on the device (keys and values) and what the decoder reads on the processor.</param>
    /// <returns>Whether it has run; if not, it has to run without a recording.</returns>
    public bool TryRun(StepKey key, IReadOnlyList<StepValue> inputs, OrtValue logits, Action<OrtIoBinding> bindRows)
    {
        if (_isRefused)
        {
            return false;
        }

        if (_recordings.TryGetValue(key, out var recording))
        {
            Run(recording, inputs, logits);
            return true;
        }

        if (_recordings.Count >= _most)
        {
            return false;
        }

        try
        {
            recording = new Recording(_stage.CreateIoBinding(), _decoder.CreateIoBinding(), _fetch.CreateIoBinding());
            Bind(recording, inputs, logits, key.Shape.Rows, bindRows);
            lock (Turn)
            {
                Run(recording, inputs, logits);
            }

            _recordings[key] = recording;
            return true;
        }
        catch (OnnxRuntimeException failure)
        {
            recording?.Dispose();
            // A step without a recording writes the same numbers to the same places, so the caption goes on with that.
            _isRefused = true;
            _refused?.Invoke(failure.Message);
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var recording in _recordings.Values)
        {
            recording.Dispose();
        }

        foreach (var place in _places.Values.Append(_logits))
        {
            place.Dispose();
        }

        _plain.Dispose();
        _allocator.Dispose();
        _fetch.Dispose();
        _stage.Dispose();
    }

    private static string Staged(string name) => $"{name}_staged";

    private static InferenceSession Open(Action<GraphBuilder> describe, ComputeDevice device)
    {
        var graph = new GraphBuilder("copy", Checkpoint.Empty, Precision.F32);
        describe(graph);
        using var options = device.CreateSessionOptions(modelFolder: null);
        return new InferenceSession(graph.Build(), options);
    }

    private void Run(Recording recording, IReadOnlyList<StepValue> inputs, OrtValue logits)
    {
        // Binding transfers the inputs' contents to the device.
        foreach (var input in inputs)
        {
            recording.Stage.BindInput(input.Name, input.Numbers);
        }

        _stage.RunWithBinding(_plain, recording.Stage);
        recording.Stage.SynchronizeBoundOutputs();
        _decoder.RunWithBinding(recording.Options, recording.Step);
        recording.Step.SynchronizeBoundOutputs();
        recording.Fetch.BindOutput(Staged(TextDecoderGraph.Logits), logits);
        _fetch.RunWithBinding(_plain, recording.Fetch);
        recording.Fetch.SynchronizeBoundOutputs();
    }

    private void Bind(Recording recording, IReadOnlyList<StepValue> inputs, OrtValue logits, int rows, Action<OrtIoBinding> bindRows)
    {
        foreach (var input in inputs)
        {
            var place = _places[input.Name];
            long count = input.Shape.Aggregate(1L, static (product, dimension) => product * dimension);
            var type = input.Numbers.GetTensorTypeAndShape().ElementDataType;
            long bytes = count * (type is TensorElementType.Int64 ? sizeof(long) : sizeof(int));
            recording.Stage.BindOutput(Staged(input.Name), recording.Keep(Over(place, type, [count], bytes)));
            recording.Step.BindInput(input.Name, recording.Keep(Over(place, type, input.Shape, bytes)));
        }

        bindRows(recording.Step);
        long numbers = logits.GetTensorTypeAndShape().Shape[0];
        recording.Step.BindOutput(
            TextDecoderGraph.Logits,
            recording.Keep(Over(_logits, TensorElementType.Float, [rows, numbers / rows], numbers * sizeof(float)))
        );
        recording.Fetch.BindInput(
            TextDecoderGraph.Logits,
            recording.Keep(Over(_logits, TensorElementType.Float, [numbers], numbers * sizeof(float)))
        );
        recording.Options.AddRunConfigEntry("gpu_graph_id", $"{_recordings.Count + 1}");
    }

    private OrtValue Over(OrtMemoryAllocation place, TensorElementType type, long[] shape, long bytes) =>
        OrtValue.CreateTensorValueWithData(_device.MemoryInfo, type, shape, place.DangerousGetHandle(), bytes);

    private sealed class Recording(OrtIoBinding stage, OrtIoBinding step, OrtIoBinding fetch) : IDisposable
    {
        private readonly List<OrtValue> _kept = [];

        public OrtIoBinding Stage { get; } = stage;

        public OrtIoBinding Step { get; } = step;

        public OrtIoBinding Fetch { get; } = fetch;

        public RunOptions Options { get; } = new();

        public OrtValue Keep(OrtValue value)
        {
            _kept.Add(value);
            return value;
        }

        public void Dispose()
        {
            foreach (var part in (IDisposable[])[Stage, Step, Fetch, Options, .. _kept])
            {
                part.Dispose();
            }
        }
    }
}

/// <summary>An input of a step that the processor writes.</summary>
/// <param name="Name">Its name in the decoder's graph.</param>
/// <param name="IsLong">Numbers of 64 bits, else of 32.</param>
/// <param name="Most">The maximum count of numbers.</param>
internal readonly record struct StepInput(string Name, bool IsLong, long Most)
{
    /// <summary>Bytes of a number.</summary>
    public int Bytes => IsLong ? sizeof(long) : sizeof(int);
}

/// <summary>The contents of an input.</summary>
/// <param name="Name">Its name in the decoder's graph.</param>
/// <param name="Numbers">What the processor has written, one number after the other.</param>
/// <param name="Shape">The shape that the decoder sees.</param>
internal readonly record struct StepValue(string Name, OrtValue Numbers, long[] Shape);

/// <summary>What a recording applies to.</summary>
/// <param name="Shape">The step's shape.</param>
/// <param name="Rows">Which of two places holds the rows.</param>
/// <param name="Pictures">Which of two places holds the pictures.</param>
internal readonly record struct StepKey(DecoderShape Shape, int Rows, int Pictures);
