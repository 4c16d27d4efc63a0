using System.Text;
using System.Xml;
using System.Xml.Linq;
using ImageToText.Captioning;

namespace ImageToText.Standalone.Captions.Results;

/// <summary>
/// An XMP file beside each picture (a.png, a.png.xmp) with the caption as the default dc:description. Everything else in the file
/// stays, including other programs' ratings and keywords. Source: ISO 16684-1 (XMP), section 7.
/// </summary>
/// <param name="skipExisting">Whether to leave an existing description alone.</param>
internal sealed class XmpSidecar(bool skipExisting) : IResultFile
{
    private static readonly XNamespace Meta = "adobe:ns:meta/";
    private static readonly XNamespace Rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
    private static readonly XNamespace DublinCore = "http://purl.org/dc/elements/1.1/";

    /// <summary>Returns the XMP file of a picture.</summary>
    public static string PathFor(string picture) => picture + ".xmp";

    /// <inheritdoc/>
    public bool Has(string picture) =>
        skipExisting && File.Exists(PathFor(picture)) && Default(Load(PathFor(picture)))?.Value is { Length: > 0 };

    /// <inheritdoc/>
    public void Write(string picture, string text, Caption caption)
    {
        string path = PathFor(picture);
        var document = File.Exists(path) ? Load(path) : New();
        string clean = string.Concat(
            text.Where(static c => XmlConvert.IsXmlChar(c) || char.IsSurrogate(c)).Where(static c => !char.IsControl(c))
        );
        SetDefault(document, clean, path);
        using var stream = new MemoryStream();
        var settings = new XmlWriterSettings
        {
            Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            Indent = true,
            OmitXmlDeclaration = true,
            NewLineChars = "\n",
        };
        using (var writer = XmlWriter.Create(stream, settings))
        {
            document.Save(writer);
        }

        SidecarFile.Write(path, [.. stream.ToArray(), (byte)'\n']);
    }

    /// <inheritdoc/>
    public void Dispose() { }

    private static XDocument New() =>
        new(
            new XElement(
                Meta + "xmpmeta",
                new XAttribute(XNamespace.Xmlns + "x", Meta.NamespaceName),
                new XElement(
                    Rdf + "RDF",
                    new XAttribute(XNamespace.Xmlns + "rdf", Rdf.NamespaceName),
                    new XElement(
                        Rdf + "Description",
                        new XAttribute(Rdf + "about", ""),
                        new XAttribute(XNamespace.Xmlns + "dc", DublinCore.NamespaceName)
                    )
                )
            )
        );

    private static XDocument Load(string path)
    {
        try
        {
            using var reader = XmlReader.Create(path, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            return XDocument.Load(reader);
        }
        catch (XmlException e)
        {
            throw new ResultFileException($"{path}: is not XMP and was left alone. {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ResultFileException($"{path}: can't be read. {e.Message}", e);
        }
    }

    private static XElement? Default(XDocument document) =>
        document
            .Descendants(DublinCore + "description")
            .Descendants(Rdf + "li")
            .FirstOrDefault(static item => (string?)item.Attribute(XNamespace.Xml + "lang") == "x-default");

    private static void SetDefault(XDocument document, string text, string path)
    {
        if (Default(document) is { } item)
        {
            item.Value = text;
            return;
        }

        var about =
            document.Descendants(Rdf + "Description").FirstOrDefault()
            ?? throw new ResultFileException($"{path}: has no rdf:Description and was left alone.");
        // The short form, an attribute, can't hold languages.
        about.Attribute(DublinCore + "description")?.Remove();
        var description = about.Element(DublinCore + "description");
        if (description is null)
        {
            about.Add(description = new XElement(DublinCore + "description"));
        }

        var languages = description.Element(Rdf + "Alt");
        if (languages is null)
        {
            description.RemoveNodes();
            description.Add(languages = new XElement(Rdf + "Alt"));
        }

        languages.AddFirst(new XElement(Rdf + "li", new XAttribute(XNamespace.Xml + "lang", "x-default"), text));
    }
}
