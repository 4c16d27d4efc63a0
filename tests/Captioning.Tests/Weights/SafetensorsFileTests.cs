using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Tests.Weights;

/// <summary>Headers of safetensors files that make impossible claims.</summary>
public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    // 2^32 x 2^32 is 0 if numbers wrap around, and the end of an invalid file is before its beginning.
    [InlineData(
        """{"a": {"dtype": "F32", "shape": [4294967296, 4294967296], "data_offsets": [0, 0]}}""",
        "does not fit F32 [4294967296, 4294967296]"
    )]
    [InlineData("""{"a": {"dtype": "F32", "shape": [1], "data_offsets": [9223372036854775800, 9223372036854775804]}}""", "truncated")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}}""", "truncated")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}""", "truncated")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [-1, -1], "data_offsets": [0, 4]}}""", "does not fit")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0]}}""", "lacks")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 8]}}""", "lacks")]
    [InlineData("""{"a": {"dtype": "F32", "shape": 1, "data_offsets": [0, 4]}}""", "safetensors' JSON")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [[1]], "data_offsets": [0, 4]}}""", "other than numbers")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [1.5], "data_offsets": [0, 4]}}""", "safetensors' JSON")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [1,1,1,1,1,1,1,1,1], "data_offsets": [0, 4]}}""", "more than 8")]
    [InlineData("""{"a": {"dtype": 3, "shape": [1], "data_offsets": [0, 4]}}""", "safetensors' JSON")]
    [InlineData("""{"a": 1}""", "safetensors' JSON")]
    [InlineData("""[1]""", "safetensors' JSON")]
    [InlineData("""{"a": {}}{""", "safetensors' JSON|lacks")]
    [InlineData("""{"\ud800": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}""", "safetensors' JSON")]
    [InlineData(
        """{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, "a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}""",
        "a twice"
    )]
    [InlineData(
        """{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "b": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}""",
        "a and b"
    )]
    public void A_header_that_makes_no_sense_is_refused(string header, string expected)
    {
        string message = Refusal(SafetensorsBytes.OfHeader(header, new byte[8]));
        Assert.Contains(expected.Split('|'), part => message.Contains(part, StringComparison.Ordinal));
    }

    [Fact]
    public void What_stands_in_a_files_place_is_called_by_its_name()
    {
        Assert.Contains(
            "Git LFS " + "pointer",
            Refusal(File.ReadAllBytes(TestFiles.Fixture("families/bad-weights/git-lfs-pointer.bin"))),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "zip " + "file",
            Refusal(File.ReadAllBytes(TestFiles.Fixture("families/bad-weights/no-pickle.bin"))),
            StringComparison.Ordinal
        );
        Assert.Contains("web page", Refusal("<!DOCTYPE html><html></html>"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("empty", Refusal([]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_that_is_not_known_harms_nobody_who_does_not_ask_for_it()
    {
        string path = Write(
            SafetensorsBytes.OfHeader(
                """{"a": {"dtype": "F4", "shape": [7], "data_offsets": [0, 4]}, "b": {"dtype": "BOOL", "shape": [4], "data_offsets": [4, 8]}}""",
                new byte[8]
            )
        );
        var checkpoint = Checkpoint.FromFiles([path]);
        Assert.Empty(checkpoint.FloatingPoint);
        Assert.Contains(
            "type " + "Unknown",
            Assert.Throws<ModelFormatException>(() => checkpoint.Get("a", 7)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Empty_tensors_and_scalars_are_read()
    {
        var entries = SafetensorsFile.ReadEntries(Write(SafetensorsBytes.Of(("scalar", [], [3]), ("empty", [0, 4], []))));
        Assert.Equal(["scalar", "empty"], entries.Select(entry => entry.Name));
        Assert.Equal([3], TensorReader.ReadFloats(entries[0]));
    }

    private string Refusal(byte[] bytes)
    {
        string path = Write(bytes);
        return Assert.Throws<ModelFormatException>(() => SafetensorsFile.ReadEntries(path)).Message;
    }

    private string Write(byte[] bytes)
    {
        string path = Path.Combine(_folder.Path, "model.safetensors");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
