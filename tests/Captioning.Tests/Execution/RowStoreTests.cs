using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Layers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ImageToText.Captioning.Tests.Execution;

/// <summary>Rows that swap: in host memory by copies in the right order, on a device by a graph.</summary>
public sealed class RowStoreTests
{
    private const int Tensors = 3;
    private const int Rows = 9;

    private static readonly RowShape Shape = new(2, 5, 8);

    [Fact]
    public void Rows_in_memory_become_what_they_should_whatever_the_order()
    {
        using var store = new HostRowStore(Tensors, Rows, Shape);
        CheckRandomMoves(store);
    }

    [Fact]
    public void The_graph_for_devices_moves_rows_alike()
    {
        // Host memory stands in for the device; the graph and the exchange of buffers are the same.
        using var device = ComputeDevice.Choose(ProviderChoice.Cpu, 1, NullLogger.Instance);
        using var store = new DeviceRowStore(device, TensorElementType.Float, Tensors, Rows, Shape);
        CheckRandomMoves(store);
    }

    private static void CheckRandomMoves(RowStore store)
    {
        var random = new Random(5);
        for (int round = 0; round < 200; round++)
        {
            int count = random.Next(1, Rows + 1);
            for (int row = 0; row < Rows; row++)
            {
                Fill(store, row, row);
            }

            int[] sources = [.. Enumerable.Range(0, count).Select(_ => random.Next(Rows))];
            int[] lengths = [.. sources.Select(_ => random.Next(1, Shape.Positions + 1))];
            store.Rearrange(sources, lengths);
            for (int row = 0; row < count; row++)
            {
                CheckRow(store, row, sources[row], lengths[row]);
            }
        }
    }

    private static void Fill(RowStore store, int row, int value)
    {
        for (int tensor = 0; tensor < Tensors; tensor++)
        {
            store.Single(tensor, row).GetTensorMutableDataAsSpan<float>().Fill((100 * tensor) + value);
        }
    }

    private static void CheckRow(RowStore store, int row, int value, int length)
    {
        for (int tensor = 0; tensor < Tensors; tensor++)
        {
            var numbers = store.Single(tensor, row).GetTensorDataAsSpan<float>();
            for (int head = 0; head < Shape.Heads; head++)
            {
                var used = numbers.Slice(head * Shape.Positions * Shape.HeadSize, length * Shape.HeadSize);
                Assert.Equal(-1, used.IndexOfAnyExcept((100 * tensor) + (float)value));
            }
        }
    }
}
