using System.Diagnostics;
using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Tests.Weights;

/// <summary>
/// Damaged weights files: each is read or refused, without any other exception, without a crash, and with less memory than a file
/// of its length may cost. FUZZ_MUTANTS=100000 makes it a long run.
/// </summary>
public sealed class WeightsFuzzTests(ITestOutputHelper output)
{
    // Reader, table of contents and the message of a refusal.
    private const long FreeBytes = 64 * 1024;

    // There are fewer of the large files, which take longer to write than to read.
    [Theory]
    [InlineData("families/bad-weights/odd-but-right.bin", 1)]
    [InlineData("families/vit-gpt2/pytorch_model.bin", 20)]
    [InlineData("small.safetensors", 1)]
    [InlineData("blip-small-f32/model.safetensors", 20)]
    public void A_damaged_file_is_read_or_refused(string file, int share)
    {
        byte[] original = file == "small.safetensors" ? SmallSafetensors() : File.ReadAllBytes(TestFiles.Fixture(file));
        using var folder = new TemporaryFolder();
        string name = Path.GetExtension(file) == ".bin" ? "pytorch_model.bin" : "model.safetensors";
        string path = Path.Combine(folder.Path, name);
        var (read, refused, most, slowest) = (0, 0, 0L, TimeSpan.Zero);
        int count = Mutation.CountOr(1000) / share;
        for (int seed = 0; seed < count; seed++)
        {
            byte[] bytes = Damage(original, seed);
            File.WriteAllBytes(path, bytes);
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            long begun = Stopwatch.GetTimestamp();
            Checkpoint? checkpoint = null;
            try
            {
                checkpoint = Checkpoint.Open(folder.Path);
                read++;
            }
            catch (ModelFormatException)
            {
                refused++;
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(begun).Ticks));
            most = Math.Max(most, allocated - bytes.Length);
            // Whatever was accepted can be read to its last number.
            Assert.All(checkpoint?.FloatingPoint ?? [], tensor => Assert.Equal(tensor.Length, TensorReader.ReadBytes(tensor).Length));
            Assert.True(allocated <= bytes.Length + FreeBytes, $"Seed {seed}: {allocated} bytes were taken for a file of {bytes.Length}.");
        }

        output.WriteLine(
            $"{file}: {count} damaged files, {read} read, {refused} refused; at most {most} bytes more than the file; "
                + $"slowest {slowest.TotalMilliseconds:F0} ms"
        );
        Assert.Equal(count, read + refused);
    }

    /// <summary>Files with an inflated table of contents cost little more memory than their length.</summary>
    [Theory]
    [InlineData("}")]
    [InlineData("(}}}}}}}}}}}}}}}}t")]
    [InlineData("K\u0001\x85")]
    [InlineData("}X\u0001\0\0\0aNs")]
    [InlineData(")q\0")]
    public void A_pickle_that_is_made_to_grow_costs_little(string part)
    {
        using var folder = new TemporaryFolder();
        string program = string.Concat(Enumerable.Repeat(part, 60_000 / part.Length));
        File.WriteAllBytes(
            Path.Combine(folder.Path, "pytorch_model.bin"),
            StoredZip.Of(("x/data.pkl", [0x80, 2, .. System.Text.Encoding.Latin1.GetBytes(program)]))
        );
        AssertCheap(folder.Path, 60_000 + (3L * 1024 * 1024));
    }

    [Fact]
    public void A_header_that_is_made_to_grow_costs_little()
    {
        using var folder = new TemporaryFolder();
        var tensors = Enumerable.Range(0, 15_000).Select(i => $"\"{i:x}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}");
        string header = $"{{{string.Join(',', tensors)}}}";
        File.WriteAllBytes(Path.Combine(folder.Path, "model.safetensors"), SafetensorsBytes.OfHeader(header, []));
        AssertCheap(folder.Path, header.Length + (10L * 1024 * 1024));

        // Far more names than a file of this length has tensors.
        header = $"{{\"__metadata__\":{{\"x\":\"{new string('x', 2 * 1024 * 1024)}\"}}}}";
        File.WriteAllBytes(Path.Combine(folder.Path, "model.safetensors"), SafetensorsBytes.OfHeader(header, []));
        Assert.Contains(
            "its " + "header",
            Assert.Throws<ModelFormatException>(() => Checkpoint.Open(folder.Path)).Message,
            StringComparison.Ordinal
        );
    }

    private static void AssertCheap(string folder, long limit)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            _ = Checkpoint.Open(folder);
        }
        catch (ModelFormatException)
        {
            // Refused or read: here it counts what it cost.
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Assert.True(allocated <= limit, $"{allocated} bytes were taken.");
    }

    // Damage where it matters: anywhere, in the directory at the end, or in what names and measures.
    private static byte[] Damage(byte[] original, int seed)
    {
        if (seed % 3 == 0)
        {
            return Mutation.Of(original, seed);
        }

        var random = new Random(seed);
        int length = Math.Min(original.Length, random.Next(64, 4096));
        int start = seed % 3 == 1 ? original.Length - length : random.Next(original.Length - length + 1);
        return [.. original.AsSpan(0, start), .. Mutation.Of(original[start..(start + length)], seed), .. original.AsSpan(start + length)];
    }

    private static byte[] SmallSafetensors() =>
        SafetensorsBytes.Of(
            ("decoder.embeddings.weight", [16, 8], new float[128]),
            ("decoder.bias", [8], new float[8]),
            ("scalar", [], [1]),
            ("empty", [0, 3], [])
        );
}
