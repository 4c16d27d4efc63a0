using System.Xml.Linq;
using ImageToText.Standalone.Captions.Results;

namespace ImageToText.Standalone.Tests.Captions.Results;

public sealed class XmpSidecarTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_caption_is_the_default_description_escaped_and_without_control_characters()
    {
        Write("a <dog> & \"cat\"\u0007\u0000 \U0001F436");
        var document = XDocument.Load(At("a.png.xmp"));
        XNamespace rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
        var item = Assert.Single(document.Descendants(rdf + "li"));
        Assert.Equal("a <dog> & \"cat\" \U0001F436", item.Value);
        Assert.Equal("x-default", (string?)item.Attribute(XNamespace.Xml + "lang"));
        Assert.Equal("{http://purl.org/dc/elements/1.1/}description", item.Parent!.Parent!.Name.ToString());
    }

    [Fact]
    public void Content_of_other_programs_is_kept()
    {
        _folder.Write(
            "a.png.xmp",
            """
            <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
            <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmp:Rating="4">
            <dc:description><rdf:Alt><rdf:li xml:lang="x-default">old</rdf:li><rdf:li xml:lang="de">alt</rdf:li></rdf:Alt></dc:description>
            <dc:subject><rdf:Bag><rdf:li>holiday</rdf:li></rdf:Bag></dc:subject>
            </rdf:Description></rdf:RDF></x:xmpmeta>
            """
        );
        Write("new");
        string text = File.ReadAllText(At("a.png.xmp"));
        Assert.Contains("xmp:Rating=\"4\"", text, StringComparison.Ordinal);
        Assert.Contains("<rdf:li>holiday</rdf:li>", text, StringComparison.Ordinal);
        Assert.Contains("<rdf:li xml:lang=\"de\">alt</rdf:li>", text, StringComparison.Ordinal);
        Assert.Contains("<rdf:li xml:lang=\"x-default\">new</rdf:li>", text, StringComparison.Ordinal);
        Assert.DoesNotContain("old", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_existing_description_is_skipped_on_request()
    {
        Write("a dog");
        using var skips = new XmpSidecar(skipExisting: true);
        using var writes = new XmpSidecar(skipExisting: false);
        Assert.True(skips.Has(At("a.png")));
        Assert.False(writes.Has(At("a.png")));
    }

    [Theory]
    [InlineData("no xml at all")]
    [InlineData("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><x>&e;</x>")]
    [InlineData("<x/>")]
    public void A_file_that_is_not_xmp_is_left_alone_and_named(string content)
    {
        _folder.Write("a.png.xmp", content);
        var failure = Assert.Throws<ResultFileException>(() => Write("a dog"));
        Assert.Contains("a.png.xmp", failure.Message, StringComparison.Ordinal);
        Assert.Contains("left alone", failure.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(At("a.png.xmp")));
    }

    private void Write(string text)
    {
        using var sidecar = new XmpSidecar(skipExisting: false);
        sidecar.Write(At("a.png"), text, DelegateCaptioner.Of(text));
    }

    private string At(string name) => Path.Combine(_folder.Path, name);
}
