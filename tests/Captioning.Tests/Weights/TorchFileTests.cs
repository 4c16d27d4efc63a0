using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ImageToText.Captioning.Weights;
using ImageToText.Captioning.Weights.Torch;

namespace ImageToText.Captioning.Tests.Weights;

/// <summary>PyTorch's own files: what is read, and the errors for the rest.</summary>
public sealed class TorchFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("calls-system.bin", "posix.system")]
    [InlineData("calls-system-no-zip.bin", "posix.system")]
    [InlineData("unknown-global.bin", "fractions.Fraction")]
    [InlineData("legacy.bin", "before PyTorch 1.6")]
    [InlineData("deflated.bin", "compressed")]
    [InlineData("truncated.bin", "truncated")]
    [InlineData("empty.bin", "empty")]
    [InlineData("git-lfs-pointer.bin", "Git LFS pointer")]
    [InlineData("no-pickle.bin", "data.pkl")]
    [InlineData("missing-storage.bin", "there is no entry data/")]
    [InlineData("short-storage.bin", "numbers of")]
    [InlineData("outside-storage.bin", "storage of 16")]
    [InlineData("byte-order.bin", "big-endian")]
    public void A_bad_file_is_refused_by_what_was_found(string file, string expected)
    {
        string message = Refusal(TestFiles.Fixture($"families/bad-weights/{file}"));
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains(file, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_bad_file_is_tried()
    {
        var tried = typeof(TorchFileTests)
            .GetMethod(nameof(A_bad_file_is_refused_by_what_was_found))!
            .GetCustomAttributes(typeof(InlineDataAttribute), false)
            .Cast<InlineDataAttribute>()
            .Select(data => (string)data.Data[0]!);
        var there = Directory.EnumerateFiles(TestFiles.Fixture("families/bad-weights"), "*.bin").Select(Path.GetFileName);
        Assert.Equal(there.Order(), tried.Append("odd-but-right.bin").Order());
    }

    [Fact]
    public void What_is_odd_but_right_is_read()
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(TestFiles.Fixture("families/bad-weights/odd-but-right.json")));
        var entries = Read(TestFiles.Fixture("families/bad-weights/odd-but-right.bin")).ToDictionary(entry => entry.Name);
        Assert.Equal(expected.RootElement.EnumerateObject().Count(), entries.Count);
        foreach (var property in expected.RootElement.EnumerateObject())
        {
            var entry = entries[property.Name];
            Assert.Equal(property.Value.GetProperty("shape").EnumerateArray().Select(side => side.GetInt64()), entry.Shape);
            Assert.Equal(property.Value.GetProperty("type").GetString(), NameOf(entry.Type));
            Assert.Equal(
                property.Value.GetProperty("sha256").GetString(),
                Convert.ToHexStringLower(SHA256.HashData(TensorReader.ReadBytes(entry)))
            );
        }
    }

    [Fact]
    public void Views_that_a_graph_cannot_read_are_put_into_rows_beside_the_rest()
    {
        File.Copy(TestFiles.Fixture("families/bad-weights/odd-but-right.bin"), At("pytorch_model.bin"));
        var checkpoint = Checkpoint.Open(_folder.Path);
        Assert.False(checkpoint.FloatingPoint.All(checkpoint.LiesAsItIs));
        var settled = SettledCheckpoint.Of(checkpoint, _ => true, "revision", _folder.Path, TestContext.Current.CancellationToken);
        Assert.True(settled.FloatingPoint.All(settled.LiesAsItIs));
        Assert.Equal(checkpoint.FloatingPoint.Select(tensor => tensor.Name), settled.FloatingPoint.Select(tensor => tensor.Name));
        foreach (var tensor in settled.FloatingPoint)
        {
            Assert.Equal(TensorReader.ReadBytes(checkpoint.Find(tensor.Name)!), TensorReader.ReadBytes(tensor));
        }
    }

    [Fact]
    public void Views_that_nobody_reads_are_no_reason_for_a_copy()
    {
        File.Copy(TestFiles.Fixture("families/bad-weights/odd-but-right.bin"), At("pytorch_model.bin"));
        var checkpoint = Checkpoint.Open(_folder.Path);
        Assert.Same(
            checkpoint,
            SettledCheckpoint.Of(
                checkpoint,
                tensor => tensor.Name == "same",
                "revision",
                _folder.Path,
                TestContext.Current.CancellationToken
            )
        );
    }

    [Fact]
    public void A_checkpoint_of_2021_is_read_where_it_lies()
    {
        string file = TestFiles.Fixture("families/vit-gpt2/pytorch_model.bin");
        var checkpoint = Checkpoint.Open(TestFiles.Fixture("families/vit-gpt2"));
        Assert.True(checkpoint.FloatingPoint.All(checkpoint.LiesAsItIs));
        var entries = Read(file).ToDictionary(entry => entry.Name);
        // The output matrix is the word embeddings: the same numbers, stored once.
        Assert.Equal(entries["decoder.transformer.wte.weight"] with { Name = "" }, entries["decoder.lm_head.weight"] with { Name = "" });
        Assert.Equal(TensorType.U8, entries["decoder.transformer.h.0.attn.bias"].Type);
        Assert.Empty(entries["decoder.transformer.h.0.attn.masked_bias"].Shape);

        // They are where another zip reader finds the entries.
        using var zip = ZipFile.OpenRead(file);
        var contents = zip.Entries.Where(entry => entry.FullName.Contains("/data/", StringComparison.Ordinal)).Select(Sha).ToHashSet();
        Assert.All(
            entries.Values,
            entry => Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(TensorReader.ReadBytes(entry))), contents)
        );
    }

    [Fact]
    public void Shards_are_read_by_their_index()
    {
        string whole = TestFiles.Fixture("families/vit-gpt2/pytorch_model.bin");
        File.Copy(whole, At("pytorch_model-00001-of-00002.bin"));
        File.Copy(TestFiles.Fixture("families/bad-weights/odd-but-right.bin"), At("pytorch_model-00002-of-00002.bin"));
        File.WriteAllText(
            At("pytorch_model.bin.index.json"),
            """
            {"weight_map": {"decoder.lm_head.weight": "pytorch_model-00001-of-00002.bin", "view": "pytorch_model-00002-of-00002.bin"}}
            """
        );
        var checkpoint = Checkpoint.Open(_folder.Path);
        Assert.True(checkpoint.Contains("decoder.lm_head.weight"));
        Assert.True(checkpoint.Contains("view"));
    }

    [Fact]
    public void Safetensors_go_before_torchs_own_format()
    {
        File.Copy(TestFiles.Fixture("families/bad-weights/calls-system.bin"), At("pytorch_model.bin"));
        File.WriteAllBytes(At("model.safetensors"), SafetensorsBytes.Of(("a", [1], [1])));
        Assert.True(Checkpoint.Open(_folder.Path).Contains("a"));
    }

    [Fact]
    public void A_file_of_the_hubs_cache_is_called_by_its_name_and_not_by_its_hash()
    {
        File.Copy(TestFiles.Fixture("families/bad-weights/unknown-global.bin"), At("4bf5122f"));
        File.CreateSymbolicLink(At("pytorch_model.bin"), "4bf5122f");
        Assert.StartsWith(
            "pytorch_model.bin " + "",
            Assert.Throws<ModelFormatException>(() => Checkpoint.Open(_folder.Path)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("}q\0(X\u0001\0\0\0ac__main__\nX\n", "__main__.X")]
    [InlineData("}", "ends in the middle")]
    [InlineData(".", "one dictionary")]
    [InlineData("t", "never opened")]
    [InlineData("}u", "never opened")]
    [InlineData("R", "where there is none")]
    [InlineData("}X\u0001\0\0\0aK\u0001s.", "entry a is a number")]
    [InlineData("}X\u0001\0\0\0aNsX\u0001\0\0\0aNs.", "a twice")]
    [InlineData("}K\u0001K\u0001s.", "key is a number")]
    [InlineData("h\u0005", "place 5 of 0")]
    [InlineData("}q\u0005", "place 5 of 0")]
    [InlineData("X\xff\xff\xff\x7f", "name of 2147483647 bytes")]
    [InlineData("ccollections\nOrderedDict\n(K\u0001tR", "calls collections.OrderedDict")]
    [InlineData("K\u0001)R", "calls a number")]
    [InlineData("(X\u0007\0\0\0storageK\u0001tQ", "to a tuple")]
    [InlineData("cos\nsystem", "without an end")]
    [InlineData("\x93", "instruction 0x93")]
    public void A_pickle_that_is_no_state_dict_is_refused(string program, string expected)
    {
        byte[] pickle = [0x80, 2, .. Encoding.Latin1.GetBytes(program)];
        string message = Assert.Throws<ModelFormatException>(() => TorchPickle.Read(pickle, "x.bin")).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Another_protocol_is_refused(byte protocol) =>
        Assert.Contains(
            "protocol " + "2",
            Assert.Throws<ModelFormatException>(() => TorchPickle.Read([0x80, protocol, (byte)'.'], "x.bin")).Message,
            StringComparison.Ordinal
        );

    private static IReadOnlyList<TensorEntry> Read(string path) => TorchFile.ReadEntries(path, Path.GetFileName(path));

    private static string Refusal(string path) => Assert.Throws<ModelFormatException>(() => Read(path)).Message;

    private static string NameOf(TensorType type) =>
        type switch
        {
            TensorType.F32 => "float32",
            TensorType.F16 => "float16",
            TensorType.BF16 => "bfloat16",
            TensorType.I64 => "int64",
            TensorType.U8 => "uint8",
            _ => type.ToString().ToLowerInvariant(),
        };

    private static string Sha(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private string At(string file) => Path.Combine(_folder.Path, file);
}
