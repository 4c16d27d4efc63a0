using Google.Protobuf;

namespace ImageToText.Captioning.Tokenization.Unigram;

/// <summary>Reads a unigram vocabulary from SentencePiece's own file, with ids as XLM-R has them.</summary>
/// <remarks>
/// XLM-R puts its <c>&lt;s&gt; &lt;pad&gt; &lt;/s&gt; &lt;unk&gt;</c> where the file has <c>&lt;unk&gt; &lt;s&gt; &lt;/s&gt;</c>,
/// so that every other id is the file's plus one, and <c>&lt;mask&gt;</c> after all.
/// </remarks>
internal static class SentencePieceModel
{
    public const string FileName = "sentencepiece.bpe.model";

    private const string TokenizerClass = "XLMRobertaTokenizer";
    private const int UnigramType = 1;
    private static readonly string[] First = ["<s>", "<pad>", "</s>", "<unk>"];

    /// <summary>Refuses a folder whose tokenizer numbers the file's pieces differently.</summary>
    public static void RequireClass(string path, TokenizerSettings settings)
    {
        if (settings.Class is not (null or TokenizerClass))
        {
            throw new ModelFormatException($"{path}: tokenizer_class is {settings.Class}; with {FileName}, {TokenizerClass} is supported.");
        }
    }

    /// <summary>Reads the file.</summary>
    /// <exception cref="ModelFormatException">It is damaged, or not a unigram model; the message names the field.</exception>
    public static UnigramModel Read(string path)
    {
        try
        {
            return Read(path, new CodedInputStream(File.ReadAllBytes(path)));
        }
        catch (InvalidProtocolBufferException fault)
        {
            throw new ModelFormatException($"{path}: not a SentencePiece model: {fault.Message}", fault);
        }
    }

    private static UnigramModel Read(string path, CodedInputStream input)
    {
        var pieces = new List<string?>(First);
        var scores = new List<double>([0, 0, 0, 0]);
        var normalizers = new List<Func<string, string>>();
        int number = 0;
        while (input.ReadTag() is > 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    (string piece, float score, int type) = ReadPiece(input.ReadBytes().CreateCodedInput());
                    if (number++ < 3)
                    {
                        RequireFirst(path, number - 1, piece);
                        break;
                    }

                    if (piece.Length == 0 || type is not (1 or 4 or 5))
                    {
                        throw new ModelFormatException(
                            $"{path}: piece {number - 1} (\"{piece}\") is of type {type}; "
                                + "plain pieces (1), those of users (4) and unused ones (5) are supported."
                        );
                    }

                    pieces.Add(piece);
                    scores.Add(score);
                    break;

                case 2:
                    RequireUnigram(path, input.ReadBytes().CreateCodedInput());
                    break;

                case 3:
                    ReadNormalizer(path, input.ReadBytes().CreateCodedInput(), normalizers);
                    break;

                default:
                    input.SkipLastField();
                    break;
            }
        }

        if (number <= 3)
        {
            throw new ModelFormatException($"{path}: the SentencePiece model has no pieces.");
        }

        return new UnigramModel
        {
            Pieces = [.. pieces, "<mask>"],
            Scores = [.. scores, 0],
            UnknownId = Array.IndexOf(First, "<unk>"),
            Normalizers = normalizers,
            SplitsAtWhiteSpace = true,
        };
    }

    private static (string Piece, float Score, int Type) ReadPiece(CodedInputStream input)
    {
        (string piece, float score, int type) = ("", 0, 1);
        while (input.ReadTag() is > 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    piece = input.ReadString();
                    break;

                case 2:
                    score = input.ReadFloat();
                    break;

                case 3:
                    type = input.ReadEnum();
                    break;

                default:
                    input.SkipLastField();
                    break;
            }
        }

        return (piece, score, type);
    }

    private static void RequireFirst(string path, int number, string piece)
    {
        string expected = number switch
        {
            0 => "<unk>",
            1 => "<s>",
            _ => "</s>",
        };
        if (piece != expected)
        {
            throw new ModelFormatException($"{path}: piece {number} is \"{piece}\"; \"{expected}\" is expected.");
        }
    }

    private static void RequireUnigram(string path, CodedInputStream trainer)
    {
        while (trainer.ReadTag() is > 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 3 when trainer.ReadEnum() is not UnigramType and var type:
                    throw new ModelFormatException($"{path}: trainer_spec.model_type is {type}; {UnigramType} (unigram) is supported.");

                case 35 when trainer.ReadBool():
                    throw new ModelFormatException($"{path}: trainer_spec.byte_fallback is true; false is supported.");

                case 3
                or 35:
                    break;

                default:
                    trainer.SkipLastField();
                    break;
            }
        }
    }

    private static void ReadNormalizer(string path, CodedInputStream normalizer, List<Func<string, string>> normalizers)
    {
        while (normalizer.ReadTag() is > 0 and var tag)
        {
            if (WireFormat.GetTagFieldNumber(tag) != 2)
            {
                normalizer.SkipLastField();
            }
            else if (normalizer.ReadBytes() is { Length: > 0 } table)
            {
                var map =
                    PrecompiledCharacterMap.Read(table.Span)
                    ?? throw new ModelFormatException($"{path}: normalizer_spec.precompiled_charsmap is not a table of characters.");
                normalizers.Add(map.Normalize);
            }
        }
    }
}
