namespace ImageToText.Captioning.Generation;

/// <summary>How to generate one caption: every option resolved and in range.</summary>
internal sealed record GenerationSettings
{
    public required int NumBeams { get; init; }

    public required int NumReturnSequences { get; init; }

    public required int MaxNewTokens { get; init; }

    public required int MinNewTokens { get; init; }

    public required float LengthPenalty { get; init; }

    public required EarlyStopping EarlyStopping { get; init; }

    public required float RepetitionPenalty { get; init; }

    public required int NoRepeatNgramSize { get; init; }

    public required bool DoSample { get; init; }

    public required float Temperature { get; init; }

    public required int TopK { get; init; }

    public required float TopP { get; init; }

    /// <summary>Null: a new one for each caption.</summary>
    public required long? Seed { get; init; }

    public required bool SuppressDefectWords { get; init; }

    /// <summary>How many rows of the running batch the search will take.</summary>
    public int Rows => DoSample ? NumReturnSequences : NumBeams;

    /// <summary>Whether the same request gives the same caption again.</summary>
    public bool IsRepeatable => !DoSample || Seed is not null;

    /// <summary>Takes each option from the request, else from the folder, else from <see cref="GenerationDefaults"/>.</summary>
    /// <remarks>
    /// An impossible request is refused. A folder's setting that does not fit this request (more tokens than positions are left,
    /// several beams while the request samples) gives way.
    /// </remarks>
    /// <param name="request">What the caller asked for.</param>
    /// <param name="folder">The model folder's settings.</param>
    /// <param name="vocabulary">Tokens of the model's output.</param>
    /// <param name="maxPositions">Positions of the model's text decoder.</param>
    /// <param name="promptLength">Start ids: the start token and the prompt's pieces.</param>
    /// <param name="usualTokens">
    /// The most new tokens if neither says; null: <see cref="GenerationDefaults.MaxNewTokens"/>.
    /// </param>
    /// <exception cref="CaptionOptionException">An option of the request is out of range; the message names it.</exception>
    public static GenerationSettings Resolve(
        CaptionOptions request,
        GenerationConfig folder,
        int vocabulary,
        int maxPositions,
        int promptLength,
        int? usualTokens = null
    )
    {
        int room = maxPositions - promptLength;
        if (room < 1)
        {
            throw new CaptionOptionException(
                GenerationLimits.Prompt.Name,
                $"The prompt takes {promptLength} of the model's {maxPositions} positions and leaves none for a caption. "
                    + $"Shorten it: at most {maxPositions - 1} fit."
            );
        }

        int? beamsAsked = GenerationLimits.NumBeams.Check(request.NumBeams);
        if (request.DoSample == true && beamsAsked > 1)
        {
            throw new CaptionOptionException(
                GenerationLimits.NumBeams.Name,
                $"num_beams is {beamsAsked} and do_sample is true; sampling with several beams is not supported. Choose one of them."
            );
        }

        int beams = beamsAsked ?? (request.DoSample == true ? 1 : folder.NumBeams ?? GenerationDefaults.NumBeams);
        bool sample = request.DoSample ?? (beams == 1 && folder.DoSample == true);

        int? sequencesAsked = GenerationLimits.NumReturnSequences.Check(request.NumReturnSequences);
        int mostSequences = sample ? GenerationDefaults.MaxRows : beams;
        if (sequencesAsked > mostSequences)
        {
            throw new CaptionOptionException(
                GenerationLimits.NumReturnSequences.Name,
                $"num_return_sequences is {sequencesAsked}, more than num_beams ({beams}). Ask for more beams, or for do_sample."
            );
        }

        int? maxAsked = GenerationLimits.MaxNewTokens.Check(request.MaxNewTokens) ?? WithoutPrompt(request.MaxLength, promptLength);
        if (request.CapsNewTokens || request.MaxNewTokens is null)
        {
            maxAsked = maxAsked is null ? null : Math.Min(maxAsked.Value, room);
        }
        else if (maxAsked > room)
        {
            throw new CaptionOptionException(
                GenerationLimits.MaxNewTokens.Name,
                $"max_new_tokens is {maxAsked}, but after a prompt "
                    + $"of {promptLength} "
                    + $"tokens the model has {room} "
                    + $"positions left. Ask for at most {room}."
            );
        }

        int max =
            maxAsked
            ?? Math.Clamp(
                folder.MaxNewTokens ?? folder.MaxLength - promptLength ?? usualTokens ?? GenerationDefaults.MaxNewTokens,
                1,
                room
            );
        int? minAsked =
            GenerationLimits.MinNewTokens.Check(request.MinNewTokens)
            ?? (request.MinLength is { } least ? Math.Max(0, least - promptLength) : null);
        if (minAsked > max)
        {
            throw new CaptionOptionException(
                GenerationLimits.MinNewTokens.Name,
                $"min_new_tokens is {minAsked}, more than max_new_tokens ({max})."
            );
        }

        return new GenerationSettings
        {
            NumBeams = beams,
            NumReturnSequences =
                sequencesAsked ?? Math.Clamp(folder.NumReturnSequences ?? GenerationDefaults.NumReturnSequences, 1, mostSequences),
            MaxNewTokens = max,
            MinNewTokens =
                minAsked ?? Math.Clamp(folder.MinNewTokens ?? folder.MinLength - promptLength ?? GenerationDefaults.MinNewTokens, 0, max),
            LengthPenalty =
                GenerationLimits.LengthPenalty.Check(request.LengthPenalty) ?? folder.LengthPenalty ?? GenerationDefaults.LengthPenalty,
            EarlyStopping = request.EarlyStopping ?? folder.EarlyStopping ?? GenerationDefaults.EarlyStopping,
            RepetitionPenalty =
                GenerationLimits.RepetitionPenalty.Check(request.RepetitionPenalty)
                ?? folder.RepetitionPenalty
                ?? GenerationDefaults.RepetitionPenalty,
            NoRepeatNgramSize =
                GenerationLimits.NoRepeatNgramSize.Check(request.NoRepeatNgramSize)
                ?? folder.NoRepeatNgramSize
                ?? GenerationDefaults.NoRepeatNgramSize,
            DoSample = sample,
            Temperature = GenerationLimits.Temperature.Check(request.Temperature) ?? folder.Temperature ?? GenerationDefaults.Temperature,
            TopK = Math.Min(GenerationLimits.TopK.Check(request.TopK) ?? folder.TopK ?? GenerationDefaults.TopK, vocabulary),
            TopP = GenerationLimits.TopP.Check(request.TopP) ?? folder.TopP ?? GenerationDefaults.TopP,
            Seed = request.Seed,
            SuppressDefectWords = request.SuppressDefectWords ?? GenerationDefaults.SuppressDefectWords,
        };
    }

    private static int? WithoutPrompt(int? maxLength, int promptLength) =>
        maxLength is null ? null
        : maxLength > promptLength ? maxLength - promptLength
        : throw new CaptionOptionException(
            "max_length",
            $"max_length is {maxLength}, and the prompt with the start takes {promptLength} tokens of it. "
                + $"Ask for more, or for max_new_tokens, which leaves the prompt out."
        );
}
