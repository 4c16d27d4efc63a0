using FsCheck.Xunit;
using Google.Protobuf;
using ImageToText.Captioning.Tokenization;
using ImageToText.Captioning.Tokenization.Unigram;

namespace ImageToText.Captioning.Tests.Tokenization;

public sealed class UnigramTests
{
    private static readonly CaptionTokenizer Json = CaptionTokenizer.Load(TestFiles.Fixture("families/unigram-tokenizer"));
    private static readonly CaptionTokenizer Protobuf = CaptionTokenizer.Load(TestFiles.Fixture("families/trocr-deit"));

    [Property]
    public bool Both_files_give_the_same_tokenizer(string? text, ushort[] ids)
    {
        int[] within = [.. ids.Select(id => id % 524)];
        return Json.Encode(text ?? "").SequenceEqual(Protobuf.Encode(text ?? ""))
            && Json.Decode(within, TextForm.Marked) == Protobuf.Decode(within, TextForm.Marked);
    }

    [Property]
    public bool Streamed_pieces_make_the_whole(ushort[] ids)
    {
        int[] within = [.. ids.Select(id => id % 524)];
        var text = Protobuf.StartText();
        return string.Concat(within.Select(text.Append)) + text.Finish() == Protobuf.Decode(within);
    }

    [Property(MaxTest = 300)]
    public bool The_likeliest_of_all_cuts_is_taken(byte[] letters, byte[] scores)
    {
        string[] pieces = ["<unk>", "a", "b", "ab", "ba", "aa", "abab", "bb", "aab"];
        double[] logs = [.. pieces.Select((_, id) => -1 - ((id < scores.Length ? scores[id] : id * 37 % 256) / 16.0) - (id * 0.001))];
        var lattice = new PieceLattice(
            new UnigramModel
            {
                Pieces = pieces,
                Scores = logs,
                UnknownId = 0,
            },
            new HashSet<string> { "<unk>" }
        );
        string word = string.Concat(
            letters
                .Take(9)
                .Select(letter =>
                    letter % 5 == 0 ? 'x'
                    : letter % 2 == 0 ? 'a'
                    : 'b'
                )
        );
        var ids = new List<int>();
        lattice.Cut(word, ids);
        double unknown = logs.Min() - 10;

        // Adjacent unknown characters are one piece, but each has its cost. Several cuts may be equally likely.
        double found = ids.Sum(id => id == 0 ? 0 : logs[id]) + (unknown * word.Count(letter => letter == 'x'));
        string[] known = word.Split('x', StringSplitOptions.RemoveEmptyEntries);
        return Math.Abs(found - Best(0)) < 1e-9
            && string.Concat(ids.Select(id => id == 0 ? "" : pieces[id])) == string.Concat(known)
            && !ids.Zip(ids.Skip(1)).Contains((0, 0));

        double Best(int from) =>
            from == word.Length
                ? 0
                : Enumerable
                    .Range(1, word.Length - from)
                    .Select(length => word.Substring(from, length))
                    .Where(piece => piece == "x" || Array.IndexOf(pieces, piece, 1) > 0)
                    .Max(piece => (piece == "x" ? unknown : logs[Array.IndexOf(pieces, piece, 1)]) + Best(from + piece.Length));
    }

    [Fact]
    public void What_somebody_sends_is_never_a_control_token()
    {
        Assert.Equal([0, 2, 1], Json.EncodeMarked("<s> </s> <pad>"));
        Assert.All(Json.Encode("<s> </s> <pad> <mask>"), id => Assert.InRange(id, 3, 520));
    }

    [Fact]
    public void A_damaged_model_is_refused_by_file_and_field()
    {
        byte[] whole = File.ReadAllBytes(TestFiles.Fixture("families/trocr-deit/sentencepiece.bpe.model"));
        Assert.Contains("not a SentencePiece model", Refusal(whole[..1000]), StringComparison.Ordinal);
        Assert.Contains("has no pieces", Refusal([]), StringComparison.Ordinal);
        Assert.Contains("piece 0 is \"a\"", Refusal(Message(output => Piece(output, "a", 1))), StringComparison.Ordinal);
        Assert.Contains("model_type is 2", Refusal(Trainer(field: 3, value: 2)), StringComparison.Ordinal);
        Assert.Contains("byte_fallback", Refusal(Trainer(field: 35, value: 1)), StringComparison.Ordinal);
        Assert.Contains(
            "piece 3 (\"<0x00>\") is of type 6",
            Refusal(
                Message(output =>
                {
                    Piece(output, "<unk>", 2);
                    Piece(output, "<s>", 3);
                    Piece(output, "</s>", 3);
                    Piece(output, "<0x00>", 6);
                })
            ),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "precompiled_charsmap",
            Refusal(Message(output => Section(output, 3, normalizer => Bytes(normalizer, 2, [1, 2])))),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Only_ids_as_in_XLM_R_are_read()
    {
        using var folder = new TemporaryFolder();
        File.Copy(TestFiles.Fixture("families/trocr-deit/sentencepiece.bpe.model"), Path.Combine(folder.Path, "sentencepiece.bpe.model"));
        folder.Write("tokenizer_config.json", """{"tokenizer_class": "MBartTokenizer"}""");
        string message = Assert.Throws<ModelFormatException>(() => CaptionTokenizer.Load(folder.Path)).Message;
        Assert.Contains("tokenizer_class is MBartTokenizer", message, StringComparison.Ordinal);
    }

    private static string Refusal(byte[] model)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(Path.Combine(folder.Path, "sentencepiece.bpe.model"), model);
        string message = Assert.Throws<ModelFormatException>(() => CaptionTokenizer.Load(folder.Path)).Message;
        Assert.Contains("sentencepiece.bpe.model", message, StringComparison.Ordinal);
        return message;
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            write(output);
        }

        return bytes.ToArray();
    }

    private static byte[] Trainer(int field, int value) => Message(output => Section(output, 2, trainer => Number(trainer, field, value)));

    private static void Section(CodedOutputStream output, int field, Action<CodedOutputStream> write) =>
        Bytes(output, field, Message(write));

    private static void Bytes(CodedOutputStream output, int field, byte[] bytes)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(bytes));
    }

    private static void Number(CodedOutputStream output, int field, int value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt32(value);
    }

    private static void Piece(CodedOutputStream output, string piece, int type) =>
        Section(
            output,
            1,
            entry =>
            {
                entry.WriteTag(1, WireFormat.WireType.LengthDelimited);
                entry.WriteString(piece);
                Number(entry, 3, type);
            }
        );
}
