using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Execution;

/// <summary>
/// Gives a session weights that lie in this process's memory. ONNX Runtime's package for .NET doesn't offer this, so its C interface is
/// called: a table of functions whose order never changes (onnxruntime_c_api.h, struct OrtApi).
/// </summary>
internal static unsafe partial class NativeInitializers
{
    // Its table has all of these functions, and newer libraries go on offering it.
    private const uint ApiVersion = 16;
    private const int GetErrorMessage = 2;
    private const int CreateTensorWithDataAsOrtValue = 49;
    private const int ReleaseStatus = 93;
    private const int ReleaseValue = 96;
    private const int AddInitializer = 150;

    private static readonly void** Api = ((delegate* unmanaged<uint, void**>)*(void**)OrtGetApiBase())(ApiVersion);

    /// <summary>A tensor over memory that must stay where it is until the tensor is released.</summary>
    /// <param name="data">Its first byte.</param>
    /// <param name="bytes">Its size in bytes.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="type">The number of its type, which is ONNX's.</param>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses it.</exception>
    public static nint TensorOver(byte* data, long bytes, ReadOnlySpan<long> shape, int type)
    {
        nint value;
        fixed (long* dimensions = shape)
        {
            var create = (delegate* unmanaged<nint, byte*, nuint, long*, nuint, int, nint*, nint>)Api[CreateTensorWithDataAsOrtValue];
            Check(
                create(
                    OrtMemoryInfo.DefaultInstance.DangerousGetHandle(),
                    data,
                    (nuint)bytes,
                    dimensions,
                    (nuint)shape.Length,
                    type,
                    &value
                )
            );
        }

        return value;
    }

    /// <summary>Lets a session use a tensor in place of the weight of that name. The tensor must outlive the session.</summary>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses it.</exception>
    public static void Add(SessionOptions options, string name, nint tensor)
    {
        nint text = Marshal.StringToCoTaskMemUTF8(name);
        try
        {
            Check(((delegate* unmanaged<nint, nint, nint, nint>)Api[AddInitializer])(options.DangerousGetHandle(), text, tensor));
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
    }

    /// <summary>Releases a tensor, but not the memory it lies over.</summary>
    public static void Release(nint tensor) => ((delegate* unmanaged<nint, void>)Api[ReleaseValue])(tensor);

    private static void Check(nint status)
    {
        if (status == 0)
        {
            return;
        }

        string? reason = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)Api[GetErrorMessage])(status));
        ((delegate* unmanaged<nint, void>)Api[ReleaseStatus])(status);
        throw new ModelFormatException($"ONNX Runtime could not take the model's weights: {reason}");
    }

    [LibraryImport("onnxruntime")]
    private static partial nint OrtGetApiBase();
}
