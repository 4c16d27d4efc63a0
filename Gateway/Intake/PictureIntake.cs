using System.Buffers;
using System.Text;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.ServiceDefaults.Forms;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace ImageToText.Gateway.Intake;

/// <summary>Reads request bodies into pooled memory within the gateway's limits: forms, JSON, and raw pictures.</summary>
internal sealed class PictureIntake
{
    private const int MaxFieldBytes = 64 * 1024;
    private const int MaxFields = 64;
    private const int BufferSize = 32 * 1024;

    private readonly IntakeOptions _options;
    private readonly TimeProvider _time;

    public PictureIntake(IOptions<IntakeOptions> options, TimeProvider time)
    {
        _options = options.Value;
        _time = time;
        Room = new InFlightBytes(_options.MaxBytesInFlight, _options.RetryAfter);
    }

    /// <summary>Limits the bytes of all requests.</summary>
    public InFlightBytes Room { get; }

    /// <summary>The most bytes of a request with one picture.</summary>
    public long MaxBodyBytes => _options.MaxBodyBytes;

    /// <summary>Reads a body that consists of a picture.</summary>
    /// <exception cref="RefusalException">The body can't be accepted; 400, 408, 413, 415, 422 or 429.</exception>
    public async Task<Picture> ReadPictureAsync(HttpRequest request)
    {
        var cancelled = request.HttpContext.RequestAborted;
        await using var upload = new UploadStream(request, _options.MaxBodyBytes, _options, _time);
        using var allowance = Allow(upload);
        using var builder = new PictureBuilder(allowance, upload.Announced ?? 0, _options.Limits);
        await builder.ReadAsync(upload, cancelled);
        return builder.Complete(null);
    }

    /// <summary>Reads a picture that does not come from the request's body.</summary>
    /// <param name="source">Its bytes.</param>
    /// <param name="announced">How many bytes were announced; null: unknown.</param>
    /// <param name="limit">How many bytes there may be.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="RefusalException">The bytes can't be accepted; 400, 413, 415, 422 or 429.</exception>
    public async Task<Picture> ReadPictureAsync(Stream source, long? announced, long limit, CancellationToken cancellationToken)
    {
        if (announced > limit)
        {
            throw Refusals.TooLarge(limit);
        }

        using var allowance = new Allowance(Room, announced ?? 0);
        using var builder = new PictureBuilder(allowance, announced ?? 0, _options.Limits);
        await builder.ReadAsync(source, limit, cancellationToken);
        return builder.Complete(null);
    }

    /// <summary>Reads a picture from a data URL.</summary>
    /// <exception cref="RefusalException">It holds no acceptable picture; 400, 413, 415, 422 or 429.</exception>
    public Picture ReadDataUrl(string url)
    {
        using var allowance = new Allowance(Room, url.Length);
        var text = Base64Picture.WithoutDataUrl(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(url)));
        using var builder = new PictureBuilder(allowance, (text.Length / 4 * 3) + 3, _options.Limits);
        Base64Picture.Decode(text, builder);
        return builder.Complete(null);
    }

    /// <summary>Reads a multipart form.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isPicture">Whether a part with that name holds a picture.</param>
    /// <param name="batch">Whether several pictures may come; an unreadable one is then kept as its refusal.</param>
    /// <exception cref="RefusalException">The body can't be accepted; 400, 408, 413, 415, 422 or 429.</exception>
    public async Task<UploadedForm> ReadFormAsync(HttpRequest request, Func<string, bool> isPicture, bool batch = false)
    {
        string boundary = BoundaryOf(request);
        long limit = batch ? _options.MaxBatchBytes : _options.MaxBodyBytes;
        await using var upload = new UploadStream(request, limit, _options, _time);
        using var allowance = Allow(upload);
        var reader = new MultipartReader(boundary, upload, BufferSize);
        var form = new UploadedForm();
        try
        {
            while (await reader.ReadNextSectionAsync(request.HttpContext.RequestAborted) is { } section)
            {
                await ReadSectionAsync(section, form, isPicture, batch, allowance, upload.Announced, request.HttpContext.RequestAborted);
            }

            return form;
        }
        catch (Exception failure)
        {
            form.Dispose();
            throw failure switch
            {
                InvalidDataException bad => Refusals.BadRequest("The multipart body can't be read: " + bad.Message, inner: bad),
                // Errors in a part's headers that the parser does not catch.
                ArgumentNullException or FormatException => Refusals.BadRequest(
                    "The multipart body can't be read: a part has malformed headers.",
                    inner: failure
                ),
                IOException torn => Refusals.BadRequest("The multipart body ends before its closing boundary. Send it whole.", inner: torn),
                _ => failure,
            };
        }
    }

    /// <summary>Reads a JSON body. Long strings in it are taken to be pictures in base64 or data URLs.</summary>
    /// <exception cref="RefusalException">The body can't be accepted; 400, 408, 413, 415 or 429.</exception>
    public async Task<JsonUpload> ReadJsonAsync(HttpRequest request)
    {
        await using var upload = new UploadStream(request, _options.MaxBodyBytes, _options, _time);
        // The text, and beside it the pictures decoded from it.
        using var allowance = Allow(upload, copies: 1.75);
        using var bytes = new PooledBytes(allowance);
        while (true)
        {
            int read = await upload.ReadAsync(bytes.GetMemory(), request.HttpContext.RequestAborted);
            if (read == 0)
            {
                break;
            }

            bytes.Advance(read);
        }

        return bytes.Length == 0
            ? throw Refusals.BadRequest("The body is empty: send a JSON object.")
            : JsonUpload.Parse(bytes, allowance, _options.Limits);
    }

    // Taken before the first read, because many clients wait for it (Expect: 100-continue) before they send a body.
    private Allowance Allow(UploadStream upload, double copies = 1)
    {
        // The read that finds the end also needs a segment, and each copy may end inside one.
        long bytes = upload.Announced is > 0 and var announced
            ? ((long)(announced * copies / InFlightBytes.SegmentSize) + (long)Math.Ceiling(copies)) * InFlightBytes.SegmentSize
            : 0;
        return new Allowance(Room, bytes + IntakeOptions.RequestBufferBytes);
    }

    /// <summary>The boundary of a multipart body.</summary>
    /// <exception cref="RefusalException">400 or 415: it has none.</exception>
    public static string BoundaryOf(HttpRequest request)
    {
        if (
            !MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        )
        {
            throw Refusals.UnsupportedContentType(request.ContentType, "multipart/form-data");
        }

        string boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        return boundary.Length is > 0 and <= 128
            ? boundary
            : throw Refusals.BadRequest(
                "The multipart body names no usable boundary: Content-Type must hold boundary=, of at most 128 characters."
            );
    }

    private async Task ReadSectionAsync(
        MultipartSection section,
        UploadedForm form,
        Func<string, bool> isPicture,
        bool batch,
        Allowance allowance,
        long? announced,
        CancellationToken cancellationToken
    )
    {
        if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) || disposition.Name.Length == 0)
        {
            throw Refusals.BadRequest("A part of the multipart body has no name: each needs Content-Disposition: form-data; name=\"…\".");
        }

        string name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();
        string fileName = HeaderUtilities
            .RemoveQuotes(disposition.FileNameStar.Length > 0 ? disposition.FileNameStar : disposition.FileName)
            .ToString();
        bool isFile = fileName.Length > 0 || section.ContentType?.StartsWith("image/", StringComparison.OrdinalIgnoreCase) == true;
        if (!isPicture(name))
        {
            if (isFile)
            {
                throw Refusals.MisplacedPicture(name, batch ? "images" : "image");
            }

            await ReadFieldAsync(section, form, name, cancellationToken);
            return;
        }

        if (form.Pictures.Count >= (batch ? _options.MaxBatchPictures : 1))
        {
            throw batch
                ? Refusals.TooManyPictures(_options.MaxBatchPictures)
                : Refusals.BadRequest("More than one picture was sent: POST /image-to-text/batch takes many.", name);
        }

        // One picture is nearly all of its request.
        using var builder = new PictureBuilder(allowance, batch ? 0 : announced ?? 0, _options.Limits);
        try
        {
            if (!isFile && await ReadAddressAsync(section, builder, cancellationToken) is { } address)
            {
                form.Pictures.Add(new UploadedPicture(fileName, null, null) { Address = address });
                return;
            }

            await builder.ReadAsync(section.Body, cancellationToken);
            form.Pictures.Add(new UploadedPicture(fileName, builder.Complete(fileName), null));
        }
        catch (RefusalException refused) when (batch && refused.Refusal.Parameter == "image")
        {
            form.Pictures.Add(new UploadedPicture(fileName, null, refused.Refusal));
            await section.Body.CopyToAsync(Stream.Null, cancellationToken);
        }
    }

    // A picture's field without a file may hold a web address. If it does not, what was read belongs to the picture.
    private static async Task<Uri?> ReadAddressAsync(MultipartSection section, PictureBuilder builder, CancellationToken cancellationToken)
    {
        byte[] start = new byte[PictureText.Longest];
        int length = await section.Body.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        if (length < start.Length && RemotePictureReader.AddressOf(Encoding.UTF8.GetString(start, 0, length).Trim()) is { } address)
        {
            return address;
        }

        builder.Write(start.AsSpan(0, length));
        return null;
    }

    private static async Task ReadFieldAsync(MultipartSection section, UploadedForm form, string name, CancellationToken cancellationToken)
    {
        if (form.Fields.Count >= MaxFields)
        {
            throw Refusals.BadRequest("The form has too many fields: at most 64 are read.");
        }

        form.Fields[name] =
            await FormText.ReadAsync(section.Body, MaxFieldBytes, cancellationToken)
            ?? throw Refusals.BadRequest(
                $"The field '{(name.Length > 64 ? name[..64] : name)}' is too long: at most 65,536 bytes are read.",
                name
            );
    }
}
