using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Bench.Results;

/// <summary>What a measurement was taken on.</summary>
/// <param name="Cpu">The processor's name.</param>
/// <param name="CpuFeatures">The instruction sets by which ONNX Runtime chooses its kernels.</param>
/// <param name="Cores">Logical processors of this process.</param>
/// <param name="MemoryGiB">Memory of the machine, 2^30 bytes.</param>
/// <param name="Os">The operating system.</param>
/// <param name="DotNet">The .NET runtime.</param>
/// <param name="OnnxRuntime">ONNX Runtime.</param>
internal sealed record Machine(
    string Cpu,
    IReadOnlyList<string> CpuFeatures,
    int Cores,
    double MemoryGiB,
    string Os,
    string DotNet,
    string OnnxRuntime
)
{
    private static readonly string[] KnownFeatures =
    [
        "avx2",
        "avx512f",
        "avx512_vnni",
        "avx512_bf16",
        "avx_vnni",
        "amx_int8",
        "amx_bf16",
        "asimd",
        "i8mm",
    ];

    /// <summary>Describes this machine.</summary>
    public static Machine Read()
    {
        string[] processor = OperatingSystem.IsLinux() ? File.ReadAllLines("/proc/cpuinfo") : [];
        string[] flags = Field(processor, "flags", "Features").Split(' ');
        return new Machine(
            Field(processor, "model name", "CPU part") is { Length: > 0 } name ? name : RuntimeInformation.ProcessArchitecture.ToString(),
            [.. KnownFeatures.Where(flags.Contains)],
            Environment.ProcessorCount,
            Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30), 1),
            RuntimeInformation.OSDescription,
            RuntimeInformation.FrameworkDescription,
            OrtEnv.Instance().GetVersionString()
        );
    }

    /// <summary>In one line.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Cores} cores of {Cpu} ({string.Join(", ", CpuFeatures)}), {MemoryGiB:F0} GiB, {Os}, {DotNet}, ONNX Runtime {OnnxRuntime}"
        );

    private static string Field(string[] lines, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (Array.Find(lines, line => line.StartsWith(name, StringComparison.Ordinal)) is { } line)
            {
                return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
            }
        }

        return "";
    }
}
