using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Execution;

/// <summary>Opens sessions, with error messages that a model's owner understands.</summary>
internal static class ModelSession
{
    /// <summary>Loads a compiled graph with the checkpoint's weights.</summary>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses it: a file has changed, or memory is short.</exception>
    public static InferenceSession Open(byte[] graph, SessionOptions options)
    {
        try
        {
            return new InferenceSession(graph, options);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelFormatException($"ONNX Runtime could not load the model: {exception.Message}", exception);
        }
    }
}
