using ImageToText.Captioning.Layers;

namespace ImageToText.Captioning.Execution;

/// <summary>How much keys and values there is room for.</summary>
/// <param name="Prefixes">Pictures' prefixes.</param>
/// <param name="PrefixPositions">Positions of each.</param>
/// <param name="Rows">Texts.</param>
/// <param name="TextPositions">Positions of each.</param>
internal readonly record struct KeyValueSize(int Prefixes, int PrefixPositions, int Rows, int TextPositions)
{
    /// <summary>What all these requests need together. A picture that several of them use counts once.</summary>
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

    /// <summary>Positions of all prefixes and texts. One more text is reserved if beams may swap in a cycle.</summary>
    public long Positions => ((long)Prefixes * PrefixPositions) + ((Rows + 1L) * TextPositions);
}
