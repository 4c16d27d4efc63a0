using System.Globalization;

namespace ImageToText.Captioning.Generation;

/// <summary>How one caption is generated: every option resolved and in range.</summary>
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

    /// <summary>Null: drawn anew for each caption.</summary>
    public required long? Seed { get; init; }

    public required bool SuppressDefectWords { get; init; }

    /// <summary>Rows of the running batch that the search will occupy.</summary>
    public int Rows => DoSample ? NumReturnSequences : NumBeams;

    /// <summary>True where the same request gives the same caption again.</summary>
    public bool IsRepeatable => !DoSample || Seed is not null;

    /// <summary>
    /// Takes each option from the request, else from the folder, else from <see cref="GenerationDefaults"/>.
    /// </summary>
    /// <remarks>
    /// What the request asks for and is impossible is refused; a folder's wish that does not fit this request (more
    /// tokens than positions are left, several beams where the request asks to sample) gives way.
    /// </remarks>
    /// <param name="request">What the caller asked for.</param>
    /// <param name="folder">What the model folder asks for.</param>
    /// <param name="vocabulary">Tokens of the model's output.</param>
    /// <param name="maxPositions">Positions of the model's text decoder.</param>
    /// <param name="promptLength">Start ids: the start token and the prompt's pieces.</param>
    /// <param name="usualTokens">The most new tokens where neither says; null: <see cref="GenerationDefaults.MaxNewTokens"/>.</param>
    /// <exception cref="CaptionOptionException">An option of the request is out of range; names it.</exception>
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
                "prompt",
                $"The prompt takes {promptLength} of the model's {maxPositions} positions and leaves none for a caption. Shorten it."
            );
        }

        int? beamsAsked = Integer("num_beams", request.NumBeams, 1, GenerationDefaults.MaxRows);
        if (request.DoSample == true && beamsAsked > 1)
        {
            throw new CaptionOptionException(
                "num_beams",
                $"num_beams is {beamsAsked} and do_sample is true; sampling with several beams is not supported. Ask for one of them."
            );
        }

        int beams = beamsAsked ?? (request.DoSample == true ? 1 : folder.NumBeams ?? GenerationDefaults.NumBeams);
        bool sample = request.DoSample ?? (beams == 1 && folder.DoSample == true);

        int? sequencesAsked = Integer("num_return_sequences", request.NumReturnSequences, 1, GenerationDefaults.MaxRows);
        int mostSequences = sample ? GenerationDefaults.MaxRows : beams;
        if (sequencesAsked > mostSequences)
        {
            throw new CaptionOptionException(
                "num_return_sequences",
                $"num_return_sequences is {sequencesAsked}, more than num_beams ({beams}). Ask for more beams, or for do_sample."
            );
        }

        int? maxAsked = Integer("max_new_tokens", request.MaxNewTokens, 1, int.MaxValue);
        if (maxAsked > room)
        {
            throw new CaptionOptionException(
                "max_new_tokens",
                $"max_new_tokens is {maxAsked}, but after a prompt of {promptLength} tokens the model has {room} positions left. Ask for at most {room}."
            );
        }

        int max =
            maxAsked
            ?? Math.Clamp(
                folder.MaxNewTokens ?? folder.MaxLength - promptLength ?? usualTokens ?? GenerationDefaults.MaxNewTokens,
                1,
                room
            );
        int? minAsked = Integer("min_new_tokens", request.MinNewTokens, 0, int.MaxValue);
        if (minAsked > max)
        {
            throw new CaptionOptionException("min_new_tokens", $"min_new_tokens is {minAsked}, more than max_new_tokens ({max}).");
        }

        return new GenerationSettings
        {
            NumBeams = beams,
            NumReturnSequences = sequencesAsked ?? Math.Clamp(folder.NumReturnSequences ?? 1, 1, mostSequences),
            MaxNewTokens = max,
            MinNewTokens = minAsked ?? Math.Clamp(folder.MinNewTokens ?? folder.MinLength - promptLength ?? 0, 0, max),
            LengthPenalty =
                Number("length_penalty", request.LengthPenalty, GenerationLimits.LengthPenalty)
                ?? folder.LengthPenalty
                ?? GenerationDefaults.LengthPenalty,
            EarlyStopping = request.EarlyStopping ?? folder.EarlyStopping ?? EarlyStopping.Heuristic,
            RepetitionPenalty =
                Number("repetition_penalty", request.RepetitionPenalty, GenerationLimits.RepetitionPenalty)
                ?? folder.RepetitionPenalty
                ?? GenerationDefaults.RepetitionPenalty,
            NoRepeatNgramSize =
                Integer("no_repeat_ngram_size", request.NoRepeatNgramSize, 0, int.MaxValue) ?? folder.NoRepeatNgramSize ?? 0,
            DoSample = sample,
            Temperature =
                Number("temperature", request.Temperature, GenerationLimits.Temperature)
                ?? folder.Temperature
                ?? GenerationDefaults.Temperature,
            TopK = Math.Min(Integer("top_k", request.TopK, 0, int.MaxValue) ?? folder.TopK ?? GenerationDefaults.TopK, vocabulary),
            TopP = Number("top_p", request.TopP, GenerationLimits.TopP) ?? folder.TopP ?? GenerationDefaults.TopP,
            Seed = request.Seed,
            SuppressDefectWords = request.SuppressDefectWords ?? true,
        };
    }

    private static int? Integer(string option, int? value, int least, int most) =>
        value is null || (value >= least && value <= most)
            ? value
            : throw new CaptionOptionException(
                option,
                $"{option} is {value}; {(most == int.MaxValue ? $"at least {least}" : $"{least} to {most}")} is allowed."
            );

    private static float? Number(string option, float? value, NumberRange range) =>
        value is null || range.Contains(value.Value)
            ? value
            : throw new CaptionOptionException(
                option,
                $"{option} is {value.Value.ToString(CultureInfo.InvariantCulture)}; {range.Description} is allowed."
            );
}
