namespace ImageToText.Captioning.Execution;

/// <summary>
/// A loaded model, as the running batch sees it: slots hold what is known about a picture, and rows hold what was read of a text.
/// The result for a row depends only on that row and its slot. Not thread-safe.
/// </summary>
internal interface IBatchModel : IDisposable
{
    /// <summary>What there is room for.</summary>
    BatchCapacity Capacity { get; }

    /// <summary>The number of logits per row.</summary>
    int VocabularySize { get; }

    /// <summary>Pictures that may be encoded in one run.</summary>
    int AtOnce { get; }

    /// <summary>Returns whether a picture's encoding is still cached.</summary>
    /// <param name="picture">The picture's name; null: it has none.</param>
    bool Remembers(string? picture);

    /// <summary>Encodes a picture into a slot, or uses its cached encoding.</summary>
    /// <returns>True if it was cached.</returns>
    bool Encode(EncoderPicture picture, int slot);

    /// <summary>Encodes pictures in one run into consecutive slots.</summary>
    /// <param name="pictures">At most <see cref="AtOnce"/>, more than one.</param>
    /// <param name="firstSlot">The first picture's slot.</param>
    void Encode(IReadOnlyList<EncoderPicture> pictures, int firstSlot);

    /// <summary>Returns whether there is memory for what all these requests keep together.</summary>
    bool HasMemoryFor(IReadOnlyCollection<RequestMemory> requests) => true;

    /// <summary>Releases what a slot holds, because its request has left.</summary>
    void Leave(int slot) { }

    /// <summary>Reads tokens into an empty row.</summary>
    /// <param name="ids">The tokens; at least one.</param>
    /// <param name="row">The row.</param>
    /// <param name="slot">The slot of the picture to attend to.</param>
    void ReadPrompt(ReadOnlySpan<int> ids, int row, int slot);

    /// <summary>Reads one token into each of the first rows.</summary>
    /// <param name="groups">
    /// The rows grouped by picture, in the order of the rows, without gaps. Their slots are likewise the first ones.
    /// </param>
    /// <param name="tokens">The token of each row.</param>
    /// <returns>The next logits, [rows, vocabulary]. They are valid until the next run and may be overwritten.</returns>
    Span<float> Step(ReadOnlySpan<RowGroup> groups, ReadOnlySpan<int> tokens);

    /// <summary>Rearranges the first rows: row i becomes what row sources[i] was.</summary>
    /// <param name="sources">The old row for each new one; an old row may be used several times.</param>
    /// <param name="lengths">The number of tokens that each new row holds.</param>
    void Rearrange(ReadOnlySpan<int> sources, ReadOnlySpan<int> lengths);

    /// <summary>Rearranges the first slots: slot i becomes what slot sources[i] was.</summary>
    void RearrangePictures(ReadOnlySpan<int> sources);
}

/// <summary>Rows of the running batch that attend to one picture.</summary>
/// <param name="Slot">The picture's slot.</param>
/// <param name="FirstRow">The first of the rows.</param>
/// <param name="Rows">The number of rows.</param>
/// <param name="Length">Tokens that each of them holds.</param>
internal readonly record struct RowGroup(int Slot, int FirstRow, int Rows, int Length);

/// <summary>How many requests a model has room for.</summary>
/// <param name="Rows">Sequences; each beam counts as one.</param>
/// <param name="Pictures">Pictures.</param>
internal readonly record struct BatchCapacity(int Rows, int Pictures);

/// <summary>A picture to encode.</summary>
/// <param name="Pixels">[3, height, width], normalized.</param>
/// <param name="Name">A name that no other pixels have; null: don't cache the picture.</param>
/// <param name="Prompt">The prompt's ids, if a text encoder reads it together with the picture; otherwise empty.</param>
internal readonly record struct EncoderPicture(ReadOnlyMemory<float> Pixels, string? Name, ReadOnlyMemory<int> Prompt = default)
{
    /// <summary>
    /// The ids of the text that contains the picture, up to the picture's end, with one id for each of its tokens; empty: only
    /// the picture.
    /// </summary>
    public ReadOnlyMemory<int> PrefixIds { get; init; }

    /// <summary>The number of views of the picture, whose pixels are consecutive.</summary>
    public int Views { get; init; } = 1;

    /// <summary>What its request keeps while it runs.</summary>
    public RequestMemory Memory { get; init; }
}

/// <summary>What a request keeps in memory while it runs.</summary>
/// <param name="Picture">Its picture's name; requests with the same picture share it. Null: the picture is not shared.</param>
/// <param name="PrefixPositions">Tokens of the picture and what comes before it, if they are part of the text.</param>
/// <param name="Rows">Sequences.</param>
/// <param name="TextPositions">The most tokens that each of them becomes, including the prompt.</param>
internal readonly record struct RequestMemory(string? Picture, int PrefixPositions, int Rows, int TextPositions);
