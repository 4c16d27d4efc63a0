using System.Diagnostics;

namespace ImageToText.Bench.Tests.Gpu;

/// <summary>bench/gpu.sh on a machine without a GPU.</summary>
public sealed class GpuScriptTests
{
    [Fact]
    public async Task Without_a_GPU_it_says_so_and_measures_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It is a script for Linux.");
        var folder = Directory.CreateTempSubdirectory("bench-tests-");
        // In front of one that may be there, and as it is where there is no GPU.
        string nvidia = Path.Combine(folder.FullName, "nvidia-smi");
        await File.WriteAllTextAsync(nvidia, "#!/bin/sh\nexit 9\n", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(nvidia, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var start = new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "bench", "gpu.sh")]) { RedirectStandardOutput = true };
        start.Environment["PATH"] = $"{folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        string said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, process.ExitCode);
        Assert.Equal("There is no NVIDIA GPU here (nvidia-smi is missing or finds none): nothing is measured.", said.Trim());
        folder.Delete(recursive: true);
    }
}
