using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Execution;

/// <summary>
/// A session's inputs and outputs, bound once for many runs of the same shape. Not thread-safe; a run allocates nothing.
/// </summary>
/// <param name="session">The session, which the caller disposes of.</param>
/// <param name="device">Where it runs.</param>
internal sealed class SessionBinding(InferenceSession session, ComputeDevice device) : IDisposable
{
    private readonly List<OrtValue> _owned = [];
    private readonly List<(string Name, OrtValue Value)> _hostInputs = [];
    private OrtIoBinding? _binding;
    private bool _isNew;

    /// <summary>Whether something is bound.</summary>
    public bool IsBound => _binding is not null;

    /// <summary>Starts a new binding in place of the last one.</summary>
    /// <returns>The binding, for tensors that the caller keeps and disposes of.</returns>
    public OrtIoBinding Begin()
    {
        Clear();
        _isNew = true;
        return _binding = session.CreateIoBinding();
    }

    /// <summary>Binds an input that the processor writes before each run.</summary>
    /// <param name="name">Its name in the graph.</param>
    /// <param name="value">The tensor over its memory. The binding disposes of it.</param>
    public void Input(string name, OrtValue value)
    {
        _owned.Add(value);
        _hostInputs.Add((name, value));
        _binding!.BindInput(name, value);
    }

    /// <summary>Binds an output that the processor reads after each run.</summary>
    /// <param name="name">Its name in the graph.</param>
    /// <param name="value">The tensor over its memory. The binding disposes of it.</param>
    public void Output(string name, OrtValue value)
    {
        _owned.Add(value);
        _binding!.BindOutput(name, value);
    }

    /// <summary>Runs the session on what the inputs hold now.</summary>
    public void Run(RunOptions options)
    {
        if (!_isNew && device.IsCuda)
        {
            // Binding transfers the inputs' new contents to the device.
            foreach (var (name, value) in _hostInputs)
            {
                _binding!.BindInput(name, value);
            }
        }

        _isNew = false;
        session.RunWithBinding(options, _binding!);
        _binding!.SynchronizeBoundOutputs();
    }

    /// <summary>Lets go of what is bound.</summary>
    public void Clear()
    {
        _binding?.Dispose();
        _binding = null;
        _owned.ForEach(static value => value.Dispose());
        _owned.Clear();
        _hostInputs.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();
}
