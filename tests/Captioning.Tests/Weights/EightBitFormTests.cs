using ImageToText.Captioning.Weights;
using ImageToText.Captioning.Weights.Quantization;

namespace ImageToText.Captioning.Tests.Weights;

/// <summary>What an architecture's rule for a tensor means in eight bits.</summary>
public sealed class EightBitFormTests : IDisposable
{
    private const int Inputs = 64;
    private const int Outputs = 3;

    private readonly TemporaryFolder _folder = new();
    private readonly float[] _outputsFirst = [.. Enumerable.Range(0, Outputs * Inputs).Select(i => MathF.Sin(i))];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("PerOutput")]
    [InlineData("Blocks")]
    [InlineData("FineBlocks")]
    public void A_matrix_on_its_side_becomes_the_same_eight_bits(string storage)
    {
        var form = storage switch
        {
            "PerOutput" => EightBitForm.PerOutput,
            "Blocks" => EightBitForm.Blocks,
            _ => EightBitForm.FineBlocks,
        };
        float[] turned = new float[_outputsFirst.Length];
        for (int output = 0; output < Outputs; output++)
        {
            for (int input = 0; input < Inputs; input++)
            {
                turned[(input * Outputs) + output] = _outputsFirst[(output * Inputs) + input];
            }
        }

        var upright = Quantize("upright", ("m.weight", [Outputs, Inputs], _outputsFirst), form);
        var onItsSide = Quantize("on its side", ("m.weight", [Inputs, Outputs], turned), form with { InputsFirst = true });
        Assert.NotEmpty(upright);
        Assert.Equal(upright, onItsSide);
    }

    [Fact]
    public void The_original_stays_only_where_it_is_asked_for()
    {
        (string, long[], float[]) tensor = ("m.weight", [Outputs, Inputs], _outputsFirst);
        Assert.Equal(["m.weight.blocks", "m.weight.block_scale"], Quantize("without", tensor, EightBitForm.Blocks).Keys);
        Assert.Contains("m.weight", Quantize("with", tensor, EightBitForm.Blocks with { KeepsOriginal = true }).Keys);
        Assert.Equal(["m.weight"], Quantize("as is", tensor, EightBitForm.AsIs).Keys);
    }

    [Fact]
    public void A_tensor_without_use_is_left_out()
    {
        (string, long[], float[])[] tensors = [("used", [Outputs], [1, 2, 3]), ("pooler", [Outputs], [4, 5, 6])];
        string path = Write("checkpoint", SafetensorsBytes.Of(tensors));
        var quantized = QuantizedCheckpoint.GetOrCreate(
            Checkpoint.FromFiles([path]),
            tensor => tensor.Name == "pooler" ? EightBitForm.Absent : EightBitForm.AsIs,
            "absent",
            _folder.Path,
            TestContext.Current.CancellationToken
        );
        Assert.True(quantized.Contains("used"));
        Assert.False(quantized.Contains("pooler"));
    }

    [Fact]
    public void Inputs_that_no_block_divides_leave_a_matrix_as_it_is() =>
        Assert.Equal(["m.weight"], Quantize("odd", ("m.weight", [2, 33], new float[66]), EightBitForm.Blocks).Keys);

    // Names and bytes of what is stored.
    private Dictionary<string, string> Quantize(string name, (string, long[], float[]) tensor, EightBitForm form)
    {
        var checkpoint = Checkpoint.FromFiles([Write(name, SafetensorsBytes.Of(tensor))]);
        var quantized = QuantizedCheckpoint.GetOrCreate(checkpoint, _ => form, name, _folder.Path, TestContext.Current.CancellationToken);
        byte[] file = File.ReadAllBytes(quantized.Files[0]);
        return SafetensorsFile
            .ReadEntries(quantized.Files[0])
            .ToDictionary(entry => entry.Name, entry => Convert.ToHexString(file.AsSpan((int)entry.Offset, (int)entry.Length)));
    }

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder.Path, $"{name}.safetensors");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
