using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace ImageToText.Packaging.Tests;

/// <summary>An opened package.</summary>
internal sealed class Package : IDisposable
{
    private readonly ZipArchive _archive;

    public Package(PackageFeed feed, string id)
    {
        _archive = ZipFile.OpenRead(Path.Combine(feed.Folder, $"{id}.{PackageFeed.Version}.nupkg"));
        using var nuspec = _archive.Entries.Single(static entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        Metadata = XDocument.Load(nuspec).Root!.Elements().Single(static element => element.Name.LocalName == "metadata");
    }

    /// <summary>Its metadata.</summary>
    public XElement Metadata { get; }

    /// <summary>Its files by path.</summary>
    public IReadOnlyList<string> Files => [.. _archive.Entries.Select(static entry => entry.FullName)];

    /// <summary>A metadata property.</summary>
    public string? Property(string name) => Metadata.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value;

    /// <summary>The packages it depends on.</summary>
    public IReadOnlyList<string> Dependencies =>
        [
            .. Metadata
                .Descendants()
                .Where(static element => element.Name.LocalName == "dependency")
                .Select(static element => element.Attribute("id")!.Value),
        ];

    public byte[] Read(string path)
    {
        using var stream = _archive.GetEntry(path)!.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Whether an assembly comes with its symbols.</summary>
    public bool HasSymbols(string path)
    {
        using var reader = new PEReader(new MemoryStream(Read(path)));
        return reader.ReadDebugDirectory().Any(static entry => entry.Type == DebugDirectoryEntryType.EmbeddedPortablePdb);
    }

    /// <summary>Whether an assembly is precompiled for its system.</summary>
    public bool IsCompiled(string path)
    {
        using var reader = new PEReader(new MemoryStream(Read(path)));
        return reader.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0;
    }

    public void Dispose() => _archive.Dispose();
}
