using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Execution;

/// <summary>Opens sessions, with error messages that a model's owner understands.</summary>
internal static class ModelSession
{
    /// <summary>Loads a compiled graph with the checkpoint's weights.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="options">How to run it.</param>
    /// <param name="shared">Weights shared with other sessions, which must outlive this one; null: the session has its own.</param>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses it: a file has changed, or memory is short.</exception>
    public static InferenceSession Open(byte[] graph, SessionOptions options, SharedWeights? shared = null)
    {
        shared?.Lend(graph, options);
        try
        {
            return shared is null ? new InferenceSession(graph, options) : new InferenceSession(graph, options, shared.Rearranged);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelFormatException($"ONNX Runtime could not load the model: {exception.Message}", exception);
        }
    }
}
