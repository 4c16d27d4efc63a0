using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Layers;

/// <summary>
/// Linear layers whose rows take turns, so that what lies between two layers never is in memory as a whole. The results are those of all
/// rows together, bit for bit.
/// </summary>
internal sealed partial class GraphBuilder
{
    /// <summary>Like <see cref="Linear"/>, for rows that are cut into turns.</summary>
    /// <param name="x">[rows, in].</param>
    /// <param name="layer">The layer.</param>
    /// <param name="inputs">Width in.</param>
    /// <param name="outputs">Width out.</param>
    /// <param name="turns">Number of turns, a divisor of the rows.</param>
    /// <returns>[rows / turns, out] for each turn.</returns>
    public string[] LinearInTurns(string x, LinearLayer layer, int inputs, int outputs, int turns)
    {
        if (turns == 1 || !HoldsMatrix(layer))
        {
            return [.. Cut(x, turns).Select(rows => Linear(rows, layer, inputs, outputs))];
        }

        string[] quantized = Nodes("DynamicQuantizeLinear", [x], 3);
        return [.. Cut(quantized[0], turns).Select(rows => QuantizedTurn(rows, quantized[1], quantized[2], layer, inputs, outputs))];
    }

    /// <summary>Like <see cref="LinearParts"/> with one layer, for rows that are cut into turns.</summary>
    /// <returns>For each turn, the parts.</returns>
    public string[][] LinearPartsInTurns(string x, LinearLayer layer, int inputs, int outputs, int parts, int turns) =>
        turns == 1 || !HoldsMatrix(layer)
            ? [.. Cut(x, turns).Select(rows => LinearParts(rows, [layer], inputs, outputs, parts))]
            : [.. LinearInTurns(x, layer, inputs, outputs, turns).Select(rows => Split(rows, parts, axis: -1))];

    /// <summary>Like <see cref="Linear"/>, for rows that come in turns.</summary>
    /// <param name="turns">[rows, in] for each turn.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="inputs">Width in.</param>
    /// <param name="outputs">Width out.</param>
    /// <returns>[all rows, out].</returns>
    public string LinearOfTurns(IReadOnlyList<string> turns, LinearLayer layer, int inputs, int outputs)
    {
        if (turns.Count == 1 || !HoldsMatrix(layer))
        {
            return Join(turns.Select(rows => Linear(rows, layer, inputs, outputs)));
        }

        // The least and the greatest of all numbers have the scale of all numbers.
        string[] ends =
        [
            .. turns.SelectMany(rows =>
                (string[])[Node("ReduceMin", [rows], Int("keepdims", 1)), Node("ReduceMax", [rows], Int("keepdims", 1))]
            ),
        ];
        string[] range = Nodes("DynamicQuantizeLinear", [Join(ends)], 3);
        return Join(
            turns.Select(rows =>
                QuantizedTurn(Node("QuantizeLinear", [rows, range[1], range[2]]), range[1], range[2], layer, inputs, outputs)
            )
        );
    }

    private string[] Cut(string rows, int turns) => turns == 1 ? [rows] : Split(rows, turns, axis: 0);

    private string QuantizedTurn(string rows, string scale, string zero, LinearLayer layer, int inputs, int outputs)
    {
        string matrix = Quantized(QuantizedNames.Matrix(layer.Weight), inputs, outputs);
        string scales = Weight(QuantizedNames.Scales(layer.Weight), outputs);
        string[] operands = [rows, matrix, scale, scales, zero];
        return MicrosoftNode("MatMulIntegerToFloat", layer.Bias is null ? operands : [.. operands, "", Bias(layer, outputs)!]);
    }
}
