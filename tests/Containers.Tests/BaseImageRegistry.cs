using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ImageToText.Containers.Tests;

/// <summary>
/// An image registry on loopback that serves the same one-file image under every name. It replaces .NET's base images, which can't be
/// pulled here. It implements the read half of the OCI distribution protocol.
/// </summary>
public sealed class BaseImageRegistry : IAsyncDisposable
{
    private const string ManifestType = "application/vnd.docker.distribution.manifest.v2+json";

    private readonly WebApplication _app;
    private readonly Dictionary<string, (string Type, byte[] Content)> _blobs = [];
    private readonly string _manifest;

    private BaseImageRegistry()
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, leaveOpen: true))
        {
            writer.WriteEntry(
                new PaxTarEntry(TarEntryType.RegularFile, "etc/stand-in") { DataStream = new MemoryStream("base"u8.ToArray()) }
            );
        }

        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(tar.ToArray());
        }

        string layer = Keep("application/vnd.docker.image.rootfs.diff.tar.gzip", zipped.ToArray());
        string config = Keep(
            "application/vnd.docker.container.image.v1+json",
            JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    architecture = "amd64",
                    os = "linux",
                    config = new { Env = (string[])["PATH=/usr/bin", "APP_UID=1654"], User = "0" },
                    rootfs = new { type = "layers", diff_ids = (string[])[Digest(tar.ToArray())] },
                    history = Array.Empty<object>(),
                }
            )
        );
        _manifest = Keep(
            ManifestType,
            JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    schemaVersion = 2,
                    mediaType = ManifestType,
                    config = Descriptor(config),
                    layers = (object[])[Descriptor(layer)],
                }
            )
        );

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapMethods("/v2/{**path}", ["GET", "HEAD"], AnswerAsync);
    }

    /// <summary>Host and port.</summary>
    public string Address => new Uri(_app.Urls.Single()).Authority;

    /// <summary>The requested names.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Starts a registry on a free port.</summary>
    public static async Task<BaseImageRegistry> StartAsync()
    {
        var registry = new BaseImageRegistry();
        await registry._app.StartAsync();
        return registry;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context, string? path)
    {
        string[] parts = (path ?? "").Split('/');
        if (parts.Length < 3)
        {
            return;
        }

        string reference = parts[^2] == "manifests" && !parts[^1].StartsWith("sha256:", StringComparison.Ordinal) ? _manifest : parts[^1];
        if (!_blobs.TryGetValue(reference, out var blob))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        lock (Asked)
        {
            Asked.Add(path!);
        }

        context.Response.ContentType = blob.Type;
        context.Response.ContentLength = blob.Content.Length;
        context.Response.Headers["Docker-Content-Digest"] = reference;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(blob.Content, context.RequestAborted);
        }
    }

    private string Keep(string type, byte[] content)
    {
        string digest = Digest(content);
        _blobs[digest] = (type, content);
        return digest;
    }

    private object Descriptor(string digest) =>
        new
        {
            mediaType = _blobs[digest].Type,
            size = _blobs[digest].Content.Length,
            digest,
        };

    private static string Digest(byte[] content) =>
        new StringBuilder("sha256:").Append(Convert.ToHexStringLower(SHA256.HashData(content))).ToString();
}
