using System.Text.Json;
using ImageToText.Captioning.Architectures.Florence2;
using ImageToText.Captioning.Tokenization;

namespace ImageToText.Captioning.Tests.Tokenization;

/// <summary>The tokenizers of all families, compared with the reference's ids and texts.</summary>
public sealed class FamilyTokenizerTests
{
    public static TheoryData<string> Encoding() => Folders("tokenizer_cases.json");

    public static TheoryData<string> Decoding() => Folders("detokenizer_cases.json");

    public static TheoryData<string> Captions() => Folders("expected.json");

    [Theory]
    [MemberData(nameof(Encoding))]
    public void Text_becomes_the_reference_ids(string folder)
    {
        var tokenizer = Load(folder);
        var cases = Read(folder, "tokenizer_cases.json");
        Assert.NotEmpty(cases);
        Assert.All(
            cases,
            item =>
            {
                string text = item.GetProperty("text").GetString()!;
                int[] ids = [.. tokenizer.Opening, .. tokenizer.EncodeMarked(text), .. tokenizer.Closing];
                Assert.Equal(Ids(item, "ids"), ids);
            }
        );
    }

    [Theory]
    [MemberData(nameof(Decoding))]
    public void Ids_become_the_reference_text_at_once_and_streamed(string folder)
    {
        var tokenizer = Load(folder);
        var cases = Read(folder, "detokenizer_cases.json");
        Assert.NotEmpty(cases);
        Assert.All(
            cases,
            item =>
            {
                int[] ids = Ids(item, "ids");
                Assert.Equal(Shown(folder, item.GetProperty("text").GetString()!), tokenizer.Decode(ids, TextForm.Plain));
                Assert.Equal(Shown(folder, item.GetProperty("text_with_special").GetString()!), tokenizer.Decode(ids, TextForm.Marked));
                Assert.Equal(tokenizer.Decode(ids), Streamed(tokenizer, ids));
            }
        );
    }

    [Theory]
    [MemberData(nameof(Captions))]
    public void Captions_are_the_reference_text(string folder)
    {
        var tokenizer = Load(folder);
        var cases = Read(folder, "expected.json");
        Assert.NotEmpty(cases);
        Assert.All(
            cases,
            item =>
            {
                // The chat templates' answers come without the text that they answer.
                bool isChat = folder.StartsWith("smolvlm", StringComparison.Ordinal);
                int[] ids = Ids(item, "sequence")[(isChat ? Ids(item, "start_ids").Length : 0)..];
                string expected = Shown(folder, item.GetProperty("text").GetString()!);
                Assert.Equal(expected, tokenizer.Decode(ids));
                Assert.Equal(expected, Streamed(tokenizer, ids));
            }
        );
    }

    private static CaptionTokenizer Load(string folder) =>
        // The family's processor adds these itself.
        CaptionTokenizer.Load(TestFiles.Fixture("families/" + folder), folder == "florence2-remote" ? PlaceTokens.WithTheirKin : null);

    /// <summary>Nobody should see what the reference puts between characters.</summary>
    private static string Shown(string folder, string text) =>
        folder.StartsWith("vit-bert", StringComparison.Ordinal)
            ? text.Replace("##", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal)
            : text;

    private static string Streamed(CaptionTokenizer tokenizer, int[] ids)
    {
        var text = tokenizer.StartText();
        string[] pieces = [.. ids.Select(text.Append), text.Finish()];
        return string.Concat(pieces);
    }

    private static TheoryData<string> Folders(string file) =>
        [
            .. Directory
                .GetDirectories(TestFiles.Fixture("families"))
                .Where(folder => File.Exists(Path.Combine(folder, file)))
                .Select(folder => Path.GetFileName(folder))
                .Order(StringComparer.Ordinal),
        ];

    private static JsonElement[] Read(string folder, string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(TestFiles.Fixture($"families/{folder}/{file}")));
        var root = document.RootElement.Clone();
        return [.. (root.ValueKind == JsonValueKind.Object ? root.GetProperty("cases") : root).EnumerateArray()];
    }

    private static int[] Ids(JsonElement item, string key) => [.. item.GetProperty(key).EnumerateArray().Select(id => id.GetInt32())];
}
