using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Preprocessing.Decoding;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime;
using NetVips;
using SkiaSharp;

namespace ImageToText.Captioning.Natives;

/// <summary>
/// The native libraries that the engine needs: ONNX Runtime, libvips and Skia. A check beforehand reports a missing one in a
/// line. Without it, the first use would fail in some type initializer.
/// </summary>
public static class EngineLibraries
{
    /// <summary>The systems whose native libraries come with the packages, by their runtime identifiers.</summary>
    public static IReadOnlyList<string> SupportedSystems { get; } = ["linux-x64", "linux-arm64", "osx-arm64", "win-x64", "win-arm64"];

    /// <summary>Loads the libraries, each once per process.</summary>
    /// <param name="provider">
    /// With <see cref="ProviderChoice.Cuda"/> a graph is run there, since nothing else shows whether it works.
    /// </param>
    /// <exception cref="EngineUnavailableException">A library is missing or doesn't fit this system, or CUDA does not work.</exception>
    public static void Check(ProviderChoice provider = ProviderChoice.Auto)
    {
        Load("ONNX Runtime", static () => _ = OrtEnv.Instance().GetVersionString());
        Load(
            "libvips",
            static () =>
            {
                if (!ModuleInitializer.VipsInitialized)
                {
                    throw ModuleInitializer.Exception;
                }

                VipsRuntime.EnsureConfigured();
            }
        );
        Load("Skia", static () => SkiaSharpVersion.CheckNativeLibraryCompatible(true));
        if (provider is ProviderChoice.Cuda)
        {
            ComputeDevice.Choose(provider, threads: 0, NullLogger.Instance).Dispose();
        }
    }

    /// <summary>Uses a native library for the first time. Programs call this for libraries besides the engine's.</summary>
    /// <param name="library">Its name, for people to read.</param>
    /// <param name="use">Calls something in it.</param>
    /// <exception cref="EngineUnavailableException">It is missing or doesn't fit this system.</exception>
    public static void Load(string library, Action use)
    {
        ArgumentNullException.ThrowIfNull(use);
        try
        {
            use();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new EngineUnavailableException(LibraryFault.Describe(library, exception), exception);
        }
    }
}
