using ImageToText.Captioning.Models;

namespace ImageToText.Captioning.Weights.Quantization;

/// <summary>
/// The eight-bit form of a checkpoint, made once and kept in a cache folder under the model's revision: a checkpoint
/// that changes gets a new file, and the model's own folder is never written to.
/// </summary>
internal static class QuantizedCheckpoint
{
    // Part of the name: a change of the method makes new files.
    private const string Method = "v2";

    // ONNX Runtime reads a step's weights faster the fewer scales they have; the output matrix, whose errors go straight into the choice
    // of the token, gets more of them (docs/decisions.md).
    private const int LayerBlock = 64;
    private const int OutputBlock = 32;

    /// <summary>Opens the cached file, making it first where it is missing.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="revision">Its revision.</param>
    /// <param name="cacheFolder">Where the file is kept.</param>
    /// <param name="cancellationToken">Stops the work; nothing is left behind.</param>
    public static Checkpoint GetOrCreate(ModelFolder folder, string revision, string cacheFolder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(Path.GetFullPath(cacheFolder), "int8", $"{revision}-{Method}.safetensors");
        if (!File.Exists(path))
        {
            Create(folder, path, cancellationToken);
        }

        return Checkpoint.FromFiles([Checkpoint.RealPath(path)]);
    }

    /// <summary>Bytes that the weights take in eight bits.</summary>
    public static long SizeOf(Checkpoint quantized) => quantized.Files.Sum(file => new FileInfo(file).Length);

    private static void Create(ModelFolder folder, string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // Two processes may make the same file: each writes its own, and the last to finish wins with equal bytes.
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var writer = new SafetensorsWriter(temporary))
            {
                Describe(folder, writer);
                writer.WriteAll(cancellationToken);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (IOException exception)
        {
            throw new ModelFormatException($"The eight-bit weights could not be written to {path}: {exception.Message}", exception);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void Describe(ModelFolder folder, SafetensorsWriter writer)
    {
        var outputMatrix = folder.Text.OutputMatrixTied ? TextDecoderNames.WordEmbeddings : TextDecoderNames.OutputMatrix;
        foreach (var tensor in folder.Checkpoint.FloatingPoint)
        {
            var isEmbedding = tensor.Name.EndsWith("_embeddings.weight", StringComparison.Ordinal);
            var form = tensor.Name == outputMatrix || (IsLinear(tensor) && !isEmbedding) ? FormOf(tensor) : Form.AsIs;
            switch (form)
            {
                case Form.Matrix:
                    writer.AddMatrix(tensor);
                    break;
                case Form.Blocks:
                    writer.AddBlocks(tensor, BlockOf(tensor, tensor.Name == outputMatrix));
                    break;
            }

            // Embeddings are looked up, not multiplied: they stay as they are, also where they serve as output matrix.
            if (form is Form.AsIs || isEmbedding)
            {
                writer.AddCopy(tensor);
            }
        }
    }

    // What multiplies the tokens of one picture takes one scale for all of them; what multiplies rows of different
    // requests takes scales of each row's own.
    private static Form FormOf(TensorEntry tensor)
    {
        var ofPicture = !tensor.Name.StartsWith("text_decoder.", StringComparison.Ordinal)
            || tensor.Name.EndsWith(".crossattention.self.key.weight", StringComparison.Ordinal)
            || tensor.Name.EndsWith(".crossattention.self.value.weight", StringComparison.Ordinal);
        return ofPicture ? Form.Matrix : tensor.Shape[1] % OutputBlock == 0 ? Form.Blocks : Form.AsIs;
    }

    private static int BlockOf(TensorEntry tensor, bool isOutput) => isOutput || tensor.Shape[1] % LayerBlock != 0 ? OutputBlock : LayerBlock;

    // The layer before the output matrix is small, and what it gets wrong no later layer mends: it stays as it is.
    private static bool IsLinear(TensorEntry tensor) =>
        tensor.Shape.Count == 2
        && tensor.Name.EndsWith(".weight", StringComparison.Ordinal)
        && tensor.Name != $"{TextDecoderNames.TransformDense}.weight";

    private enum Form
    {
        AsIs,
        Matrix,
        Blocks,
    }
}
