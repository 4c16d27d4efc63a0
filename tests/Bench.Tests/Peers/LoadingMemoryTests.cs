using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageToText.Bench.Engine;
using ImageToText.Bench.Peers;

namespace ImageToText.Bench.Tests.Peers;

/// <summary>
/// A model of git-base's size is loaded in a process of its own. Its memory never rises to two copies of the weights, nor does making the
/// eight-bit file.
/// </summary>
public sealed class LoadingMemoryTests : IDisposable
{
    private const double MiB = 1 << 20;

    // Runtime, batch and one picture.
    private const double BesideWeights = 150;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bench-tests-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("F32")]
    [InlineData("Int8")]
    public async Task Loading_never_holds_a_second_copy_of_the_weights(string precision)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux resets the high-water mark.");
        double weights = WriteModel() / MiB;
        double peak = await PeakAsync(precision);
        TestContext.Current.TestOutputHelper?.WriteLine($"{precision}: {weights:F0} MiB of float32 weights, at most {peak:F0} MiB");
        Assert.InRange(peak, 0, (1.3 * weights) + BesideWeights);
    }

    /// <summary>Writes weights that are all zero, and so take no room on the disk.</summary>
    /// <returns>Their bytes.</returns>
    private long WriteModel()
    {
        const string shape = "git-base";
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Shapes", shape)))
        {
            File.Copy(file, Path.Combine(_folder.FullName, Path.GetFileName(file)));
        }

        RandomVocabulary.Write(_folder.FullName);
        var header = new JsonObject();
        long offset = 0;
        foreach (var (name, sides) in RandomModel.TensorsOf(shape))
        {
            long bytes = sizeof(float) * sides.Aggregate(1L, static (product, side) => product * side);
            header[name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. sides.Select(static side => (JsonNode)side)]),
                ["data_offsets"] = new JsonArray(offset, offset + bytes),
            };
            offset += bytes;
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        using var weights = File.Create(Path.Combine(_folder.FullName, "model.safetensors"));
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        weights.Write(length);
        weights.Write(json);
        weights.SetLength(length.Length + json.Length + offset);
        return offset;
    }

    private async Task<double> PeakAsync(string precision)
    {
        string picture = Path.Combine(Repository.Root, "samples", "astronaut.jpg");
        string program = Path.Combine(AppContext.BaseDirectory, "ImageToText.Bench.dll");
        var start = new ProcessStartInfo("dotnet", [program, CaptionMemory.Command, _folder.FullName, precision, picture, "2", "3"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The eight-bit file is made anew.
        start.Environment["XDG_DATA_HOME"] = Path.Combine(_folder.FullName, "data");
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string told = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await errors);
        return double.Parse(told, CultureInfo.InvariantCulture);
    }
}
