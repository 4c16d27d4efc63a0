using ImageToText.Captioning.Execution;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Tests.Execution;

/// <summary>
/// Where CUDA does not work, the CPU takes over, and the reason is logged once. These tests run where there is no GPU.
/// </summary>
public sealed class ComputeDeviceTests
{
    [Fact]
    public void Without_cuda_the_cpu_is_taken_and_only_a_build_for_gpus_warns_of_it()
    {
        var log = new ListLogger<ComputeDeviceTests>();
        using var device = ComputeDevice.Choose(ProviderChoice.Auto, 1, log);
        Assert.SkipWhen(device.IsCuda, "This machine has a GPU that works.");
        Assert.Equal("CPU", device.Description);
        var (level, _, line) = Assert.Single(log.Lines);
        Assert.StartsWith("Running on the CPU: ", line, StringComparison.Ordinal);
        Assert.DoesNotContain("ErrorCode", line, StringComparison.Ordinal);
        bool forGpus = OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider");
        Assert.Equal(forGpus ? LogLevel.Warning : LogLevel.Information, level);
    }

    [Fact]
    public void Cuda_that_was_insisted_on_is_an_error_that_says_what_to_do()
    {
        using (var device = ComputeDevice.Choose(ProviderChoice.Auto, 1, NullLogger.Instance))
        {
            Assert.SkipWhen(device.IsCuda, "This machine has a GPU that works.");
        }

        var error = Assert.Throws<EngineUnavailableException>(() => ComputeDevice.Choose(ProviderChoice.Cuda, 1, NullLogger.Instance));
        Assert.Contains("choose the CPU", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Half_precision_without_a_gpu_is_refused_with_what_there_is()
    {
        var options = new CaptionerOptions { Provider = ProviderChoice.Cpu, Precision = Precision.F16 };
        var error = await Assert.ThrowsAsync<ModelFormatException>(() =>
            Captioner.LoadAsync(TestFiles.Fixture("blip-small-f32"), options, TestContext.Current.CancellationToken)
        );
        Assert.Contains("f32 or int8", error.Message, StringComparison.Ordinal);
    }
}
