using ImageToText.Captioning.Layers;

namespace ImageToText.Captioning.Execution;

/// <summary>For how much keys and values have room.</summary>
/// <param name="Prefixes">Pictures' prefixes.</param>
/// <param name="PrefixPositions">Positions of each.</param>
/// <param name="Rows">Texts.</param>
/// <param name="TextPositions">Positions of each.</param>
internal readonly record struct KeyValueSize(int Prefixes, int PrefixPositions, int Rows, int TextPositions)
{
    /// <summary>What requests need, all of them together: a picture that several look at counts once.</summary>
    public static KeyValueSize Of(IReadOnlyCollection<RequestMemory> requests)
    {
        var (nameless, rows, prefix, text) = (0, 0, 0, 0);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var request in requests)
        {
            if (request.Picture is { } name)
            {
                names.Add(name);
            }
            else
            {
                nameless++;
            }

            rows += request.Rows;
            prefix = Math.Max(prefix, request.PrefixPositions);
            text = Math.Max(text, request.TextPositions);
        }

        return new KeyValueSize(nameless + names.Count, PrefixStepGraph.Padded(prefix), rows, PrefixStepGraph.Padded(text));
    }

    /// <summary>Positions of all prefixes and texts; one more text is set aside where beams change places in a circle.</summary>
    public long Positions => ((long)Prefixes * PrefixPositions) + ((Rows + 1L) * TextPositions);
}
