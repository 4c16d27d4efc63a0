namespace ImageToText.Captioning.Execution;

/// <summary>
/// A loaded model whose text decoder attends to the picture's tokens. A slot holds a picture's keys and values for every layer.
/// </summary>
/// <param name="encoder">The vision half.</param>
/// <param name="decoder">The text half.</param>
internal sealed class CrossAttendingModel(PictureEncoder encoder, TextDecoder decoder) : IBatchModel
{
    /// <summary>The vision half.</summary>
    public PictureEncoder Encoder { get; } = encoder;

    /// <summary>The text half.</summary>
    public TextDecoder Decoder { get; } = decoder;

    /// <inheritdoc/>
    public BatchCapacity Capacity => Decoder.Capacity;

    /// <inheritdoc/>
    public int VocabularySize => Decoder.VocabularySize;

    /// <inheritdoc/>
    public int AtOnce => Encoder.AtOnce;

    /// <inheritdoc/>
    public bool Remembers(string? picture) => Encoder.Remembers(picture);

    /// <inheritdoc/>
    public bool Encode(EncoderPicture picture, int slot)
    {
        bool remembered = Encoder.Encode(picture.Pixels, picture.Name);
        Encoder.WriteCrossAttention(Decoder.CrossAttention, slot, picture.Prompt.Span);
        Count(picture, slot);
        return remembered;
    }

    /// <inheritdoc/>
    public void Encode(IReadOnlyList<EncoderPicture> pictures, int firstSlot)
    {
        Encoder.EncodeTogether(pictures, Decoder.CrossAttention, firstSlot);
        for (int i = 0; i < pictures.Count; i++)
        {
            Count(pictures[i], firstSlot + i);
        }
    }

    /// <inheritdoc/>
    public void ReadPrompt(ReadOnlySpan<int> ids, int row, int slot)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            Decoder.Ids.Slice(i, 1)[0] = ids[i];
            Decoder.Positions.Slice(i, 1)[0] = i;
            Decoder.Fold.Slice(i, 1)[0] = i;
            Decoder.Unfold.Slice(i, 1)[0] = i;
        }

        Decoder.LastPositions.Slice(0, 1)[0] = ids.Length - 1;
        Decoder.LongestRow.Slice(0, 1)[0] = ids.Length;
        Decoder.LastTokens.Slice(0, 1)[0] = ids.Length - 1;
        Decoder.Run(new DecoderShape(row, 1, ids.Length, slot, 1, ids.Length));
    }

    /// <inheritdoc/>
    public Span<float> Step(ReadOnlySpan<RowGroup> groups, ReadOnlySpan<int> tokens)
    {
        int width = Decoder.LeastWidth;
        foreach (var group in groups)
        {
            width = Math.Max(width, group.Rows);
        }

        WriteInputs(groups, tokens, width);
        return Decoder.Run(new DecoderShape(0, tokens.Length, 1, 0, groups.Length, width));
    }

    /// <inheritdoc/>
    public void Rearrange(ReadOnlySpan<int> sources, ReadOnlySpan<int> lengths)
    {
        Decoder.SelfAttention.Rearrange(sources, lengths);
        Decoder.RowsMoved();
    }

    /// <inheritdoc/>
    public void RearrangePictures(ReadOnlySpan<int> sources)
    {
        Decoder.CrossAttention.Rearrange(sources);
        if (Decoder.AttendedCounts is { } counts)
        {
            long[] before = counts.Slice(0, Capacity.Pictures).ToArray();
            var now = counts.Slice(0, sources.Length);
            for (int slot = 0; slot < now.Length; slot++)
            {
                now[slot] = before[sources[slot]];
            }
        }

        Decoder.RowsMoved();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Encoder.Dispose();
        Decoder.Dispose();
    }

    private void Count(EncoderPicture picture, int slot)
    {
        if (Decoder.AttendedCounts is { } counts)
        {
            counts.Slice(slot, 1)[0] = Encoder.CountAttended(picture);
        }
    }

    private void WriteInputs(ReadOnlySpan<RowGroup> groups, ReadOnlySpan<int> tokens, int width)
    {
        int rows = tokens.Length;
        var ids = Decoder.Ids.Slice(0, rows);
        var positions = Decoder.Positions.Slice(0, rows);
        var lastPositions = Decoder.LastPositions.Slice(0, rows);
        var fold = Decoder.Fold.Slice(0, groups.Length * width);
        var unfold = Decoder.Unfold.Slice(0, rows);
        var lastTokens = Decoder.LastTokens.Slice(0, rows);
        int longest = 0;
        foreach (var group in groups)
        {
            longest = Math.Max(longest, group.Length + 1);
            var looking = fold.Slice(group.Slot * width, width);
            looking.Fill(group.FirstRow);
            for (int i = 0; i < group.Rows; i++)
            {
                int row = group.FirstRow + i;
                ids[row] = tokens[row];
                positions[row] = group.Length;
                lastPositions[row] = group.Length;
                lastTokens[row] = row;
                looking[i] = row;
                unfold[row] = (group.Slot * width) + i;
            }
        }

        Decoder.LongestRow.Slice(0, 1)[0] = longest;
    }
}
