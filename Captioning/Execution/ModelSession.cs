using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Execution;

/// <summary>Opens sessions, with error messages that a model's owner understands.</summary>
internal static class ModelSession
{
    /// <summary>Loads a compiled graph with the checkpoint's weights.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="options">How to run it.</param>
    /// <param name="rearranged">Weights as the kernels want them, shared with other sessions; null: the session has its own.</param>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses it: a file has changed, or memory is short.</exception>
    public static InferenceSession Open(byte[] graph, SessionOptions options, PrePackedWeightsContainer? rearranged = null)
    {
        try
        {
            return rearranged is null ? new InferenceSession(graph, options) : new InferenceSession(graph, options, rearranged);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelFormatException($"ONNX Runtime could not load the model: {exception.Message}", exception);
        }
    }
}
