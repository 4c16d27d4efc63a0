using ImageToText.Bench.Gpu;

namespace ImageToText.Bench.Tests.Gpu;

/// <summary>The table of a run on a GPU, in which things may have failed.</summary>
public sealed class GpuTableTests
{
    [Fact]
    public void A_row_says_what_failed_in_it_and_keeps_what_was_measured()
    {
        string table = GpuTable.Write(
            new GpuData(
                "A GPU",
                20,
                "transformers 5",
                [
                    new GpuFigures
                    {
                        Model = "one",
                        Graphs = false,
                        EncodeMs = 1.5,
                        StepMs = 0.5,
                        StepOfEightMs = 0.7,
                        Rates = [new GpuRate(1, 12), new GpuRate(8, 34), new GpuRate(64, 56), new GpuRate(256, 78)],
                        MemoryMiB = 900,
                    },
                    new GpuFigures
                    {
                        Model = "one",
                        Graphs = true,
                        EncodeMs = 1.5,
                        Refused = true,
                        Warning = "Steps run without CUDA graphs: a node is on the CPU.",
                    },
                    new GpuFigures
                    {
                        Model = "two",
                        Graphs = true,
                        Warning = "Something else.",
                        TransformersMs = 9,
                        Failure = "CUDA failure 700:\n an illegal memory access",
                    },
                ]
            )
        );

        string[] lines = table.Split('\n');
        Assert.Contains("| one | off | 1.50 | 0.500 | 0.700 | 12.0 | 34.0 | 56.0 | 78.0 | 900 | – | – |", lines);
        Assert.Contains("| one | refused | 1.50 | – | – | – | – | – | – | – | – | – |", lines);
        Assert.Contains("| two | on | – | – | – | – | – | – | – | – | 9.00 | – |", lines);
        Assert.Contains("one, CUDA graphs on: Steps run without CUDA graphs: a node is on the CPU.", lines);
        Assert.Contains("two, CUDA graphs on: CUDA failure 700: an illegal memory access Something else.", lines);
    }
}
