using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace ImageToText.Gateway.Pages;

/// <summary>
/// One file of the pages, as it is and compressed. It is compressed when first requested, and kept: there are few files, and they
/// are small.
/// </summary>
internal sealed class PageAsset
{
    private static readonly FileExtensionContentTypeProvider ContentTypes = new();

    private readonly byte[] _bytes;
    private readonly Lazy<byte[]> _brotli;
    private readonly Lazy<byte[]> _gzip;
    private readonly string _contentType;
    private readonly string _hash;
    private readonly bool _isText;

    /// <summary>Stores a file.</summary>
    /// <param name="path">Its path below the root, such as <c>assets/index-1a2b.js</c>.</param>
    /// <param name="bytes">Its contents.</param>
    public PageAsset(string path, byte[] bytes)
    {
        Path = path;
        _bytes = bytes;
        _hash = Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12));
        string type = ContentTypes.TryGetContentType(path, out string? known) ? known : "application/octet-stream";
        _isText = type.StartsWith("text/", StringComparison.Ordinal) || type is "image/svg+xml" or "application/json";
        _contentType = _isText && type != "image/svg+xml" ? type + "; charset=utf-8" : type;
        _brotli = new(() => Compress(static to => new BrotliStream(to, CompressionLevel.SmallestSize)));
        _gzip = new(() => Compress(static to => new GZipStream(to, CompressionLevel.SmallestSize)));
    }

    /// <summary>Its path below the root.</summary>
    public string Path { get; }

    /// <summary>Whether it is a page rather than part of one.</summary>
    public bool IsPage => Path.EndsWith(".html", StringComparison.Ordinal);

    /// <summary>Sends it in the smallest form that the browser accepts.</summary>
    public Task WriteAsync(HttpContext http)
    {
        var headers = http.Response.Headers;
        PageHeaders.Write(headers);
        headers.CacheControl =
            IsPage ? "no-cache"
            // The names contain a hash of the contents.
            : Path.StartsWith("assets/", StringComparison.Ordinal) ? "public, max-age=31536000, immutable"
            : "public, max-age=86400";
        var (bytes, encoding) = _isText ? Choose(http.Request.Headers.AcceptEncoding) : (_bytes, null);
        if (_isText)
        {
            headers.Vary = HeaderNames.AcceptEncoding;
        }

        if (encoding is not null)
        {
            headers.ContentEncoding = encoding;
        }

        var tag = new EntityTagHeaderValue($"\"{_hash}{encoding}\"");
        return Results.Bytes(bytes, _contentType, entityTag: tag).ExecuteAsync(http);
    }

    private (byte[] Bytes, string? Encoding) Choose(StringValues accepted)
    {
        var read = StringWithQualityHeaderValue.TryParseList(accepted, out var list) ? list : [];
        bool Reads(string encoding) =>
            read.Any(value => value.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && value.Quality is not 0);
        return Reads("br") ? (_brotli.Value, "br")
            : Reads("gzip") ? (_gzip.Value, "gzip")
            : (_bytes, null);
    }

    private byte[] Compress(Func<Stream, Stream> compressor)
    {
        using var compressed = new MemoryStream();
        using (var stream = compressor(compressed))
        {
            stream.Write(_bytes);
        }

        return compressed.ToArray();
    }
}
