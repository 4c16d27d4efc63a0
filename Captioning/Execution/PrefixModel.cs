namespace ImageToText.Captioning.Execution;

/// <summary>
/// A loaded language model that reads pictures as the beginning of its text. A slot points to its picture's prefix, which other
/// slots may share.
/// </summary>
/// <param name="plan">How to run it.</param>
/// <param name="encoder">The vision half.</param>
/// <param name="reader">What reads prefixes.</param>
/// <param name="steps">What reads and writes texts.</param>
/// <param name="shared">The weights that both use; null: each has its own.</param>
internal sealed class PrefixModel(PrefixPlan plan, ViewEncoder encoder, PrefixReader reader, PrefixSteps steps, SharedWeights? shared)
    : IBatchModel
{
    private readonly Slot?[] _slots = new Slot?[steps.Capacity.Pictures];
    private readonly List<int>[] _rowsByPrefix = [.. Enumerable.Range(0, steps.Capacity.Pictures).Select(static _ => new List<int>())];

    /// <summary>The vision half.</summary>
    public ViewEncoder Encoder { get; } = encoder;

    /// <summary>Keys and values.</summary>
    public KeyValueMemory Memory { get; } = steps.Memory;

    /// <inheritdoc/>
    public BatchCapacity Capacity => steps.Capacity;

    /// <inheritdoc/>
    public int VocabularySize => steps.VocabularySize;

    /// <inheritdoc/>
    public int AtOnce => 1;

    /// <inheritdoc/>
    public bool Remembers(string? picture) => Memory.Find(picture) is not null || Encoder.Remembers(picture);

    /// <inheritdoc/>
    public bool HasMemoryFor(IReadOnlyCollection<RequestMemory> requests) => Memory.HasRoomFor(requests);

    /// <inheritdoc/>
    public bool Encode(EncoderPicture picture, int slot)
    {
        var entry = Memory.Find(picture.Name);
        if (entry is not null)
        {
            Memory.Use(entry);
        }

        try
        {
            RequestMemory[] requests = [.. _slots.OfType<Slot>().Select(static held => held.Memory), picture.Memory];
            Memory.MakeRoom(requests, joining: entry is null);
            bool remembered = true;
            if (entry is null)
            {
                entry = Read(picture, out remembered);
            }

            _slots[slot] = new Slot(entry, picture.Memory);
            return remembered;
        }
        catch when (entry is not null)
        {
            Memory.Leave(entry);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Encode(IReadOnlyList<EncoderPicture> pictures, int firstSlot) =>
        throw new NotSupportedException("Prefixes are read one picture at a time.");

    /// <inheritdoc/>
    public void Leave(int slot)
    {
        if (_slots[slot] is { } held)
        {
            _slots[slot] = null;
            Memory.Leave(held.Entry);
        }
    }

    /// <inheritdoc/>
    public void ReadPrompt(ReadOnlySpan<int> ids, int row, int slot)
    {
        var entry = _slots[slot]!.Entry;
        for (int start = 0; start < ids.Length; start += PrefixSteps.PromptStretch)
        {
            int count = Math.Min(PrefixSteps.PromptStretch, ids.Length - start);
            int width = Math.Max(count, steps.LeastWidth);
            steps.Fold.Slice(0, width).Clear();
            for (int i = 0; i < count; i++)
            {
                Place(i, ids[start + i], 0, entry, start + i);
                steps.Fold.Slice(i, 1)[0] = i;
                steps.Unfold.Slice(i, 1)[0] = i;
            }

            steps.PlacePrefix(0, entry.Length);
            steps.LastTokens.Slice(0, 1)[0] = count - 1;
            steps.Run(new StepShape(row, 1, count, entry.Index, 1, width));
        }
    }

    /// <inheritdoc/>
    public Span<float> Step(ReadOnlySpan<RowGroup> groups, ReadOnlySpan<int> tokens)
    {
        foreach (var group in groups)
        {
            var entry = _slots[group.Slot]!.Entry;
            for (int row = group.FirstRow; row < group.FirstRow + group.Rows; row++)
            {
                _rowsByPrefix[entry.Index].Add(row);
                Place(row, tokens[row], row, entry, group.Length);
                steps.LastTokens.Slice(row, 1)[0] = row;
            }
        }

        var (prefixes, width) = (Memory.Active, steps.LeastWidth);
        for (int prefix = 0; prefix < prefixes; prefix++)
        {
            width = Math.Max(width, _rowsByPrefix[prefix].Count);
        }

        for (int prefix = 0; prefix < prefixes; prefix++)
        {
            var rows = _rowsByPrefix[prefix];
            var looking = steps.Fold.Slice(prefix * width, width);
            looking.Clear();
            for (int i = 0; i < rows.Count; i++)
            {
                looking[i] = rows[i];
                steps.Unfold.Slice(rows[i], 1)[0] = (prefix * width) + i;
            }

            steps.PlacePrefix(prefix, Memory[prefix].Length);
            rows.Clear();
        }

        return steps.Run(new StepShape(0, tokens.Length, 1, 0, prefixes, width));
    }

    /// <inheritdoc/>
    public void Rearrange(ReadOnlySpan<int> sources, ReadOnlySpan<int> lengths) => Memory.RearrangeTexts(sources, lengths);

    /// <inheritdoc/>
    public void RearrangePictures(ReadOnlySpan<int> sources)
    {
        // The prefixes stay in place; slots only point to them.
        var moved = new Slot?[sources.Length];
        for (int i = 0; i < sources.Length; i++)
        {
            moved[i] = _slots[sources[i]];
        }

        Array.Clear(_slots);
        moved.CopyTo(_slots, 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Encoder.Dispose();
        reader.Dispose();
        steps.Dispose();
        shared?.Dispose();
    }

    private PrefixEntry Read(EncoderPicture picture, out bool remembered)
    {
        int length = picture.PrefixIds.IsEmpty ? picture.Views * plan.Vision.Tokens : picture.PrefixIds.Length;
        using var tokens = Encoder.Encode(picture, out remembered);
        var entry = Memory.Add(picture.Name, length);
        try
        {
            reader.Read(picture.PrefixIds.Span, plan.PictureId, tokens, Memory, entry);
        }
        catch
        {
            Memory.Remove(entry);
            throw;
        }

        Memory.Use(entry);
        return entry;
    }

    private void Place(int token, int id, int row, PrefixEntry entry, int position)
    {
        steps.Ids.Slice(token, 1)[0] = id;
        steps.Positions.Slice(token, 1)[0] = position + (plan.Decoder.PrefixTakesPositions ? entry.Length : 0);
        steps.Place(token, row, position);
    }

    // What a request holds while it runs.
    private sealed record Slot(PrefixEntry Entry, RequestMemory Memory);
}
