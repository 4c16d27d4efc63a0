using System.Text;
using ImageToText.Gateway.Nodes;

namespace ImageToText.Gateway.Tests.Forwarding;

public sealed class NodeErrorReaderTests
{
    [Theory]
    [InlineData("""{"detail":{"msg":"The model is not loaded."}}""", "The model is not loaded.", null)]
    [InlineData("""{"detail":[{"loc":["body","prompt"],"msg":"Shorten it."}]}""", "prompt: Shorten it.", "prompt")]
    [InlineData("""{"detail":[{"loc":["body","image"],"msg":"Field required"}]}""", "image: Field required.", "image")]
    [InlineData("""{"detail":[{"loc":["body","prompt"],"msg":"Shorten the prompt."}]}""", "Shorten the prompt.", "prompt")]
    [InlineData("""{"error":{"message":"No such model."}}""", "No such model.", null)]
    [InlineData("""{"error":"No such model."}""", "No such model.", null)]
    [InlineData("<html>", null, null)]
    [InlineData("[]", null, null)]
    public async Task An_error_in_any_shape_is_one_sentence_with_one_full_stop(string answer, string? words, string? field)
    {
        using var content = new StringContent(answer, Encoding.UTF8, "application/json");
        var read = await NodeErrorReader.ReadAsync(content, TestContext.Current.CancellationToken);
        Assert.Equal((words, field), (read.Words, read.Field));
    }
}
