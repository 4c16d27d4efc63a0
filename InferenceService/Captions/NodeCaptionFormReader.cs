using ImageToText.Contracts;
using ImageToText.InferenceService.Uploads;
using ImageToText.ServiceDefaults.Forms;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace ImageToText.InferenceService.Captions;

/// <summary>Reads multipart/form-data as it arrives: the picture into pooled memory, nothing to disk.</summary>
internal static class NodeCaptionFormReader
{
    private const int MaxFields = 64;
    private const int MaxFieldBytes = 64 * 1024;

    /// <summary>How many bytes a request may have besides its picture: boundaries, headers, text fields.</summary>
    public const int MaxOverhead = 1024 * 1024;

    /// <summary>Reads the request's body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="image">Receives the picture.</param>
    /// <param name="cancellationToken">Cancelled when the client is gone.</param>
    /// <exception cref="CaptionFormException">Fields are missing or invalid.</exception>
    /// <exception cref="BadHttpRequestException">The body does not match its headers, or arrives too slowly.</exception>
    /// <exception cref="UploadTooLargeException">The picture is too large.</exception>
    /// <exception cref="UploadBudgetException">There is no memory left for it.</exception>
    public static async Task<NodeCaptionForm> ReadAsync(HttpRequest request, PooledUpload image, CancellationToken cancellationToken)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        bool hasImage = false;
        if (Boundary(request) is not { } boundary)
        {
            return NodeCaptionForm.Parse(fields, hasImage);
        }

        var reader = new MultipartReader(boundary, request.Body);
        try
        {
            for (int count = 0; await reader.ReadNextSectionAsync(cancellationToken) is { } section; count++)
            {
                if (count == MaxFields)
                {
                    throw new BadHttpRequestException($"Too many fields. Maximum number of fields is {MaxFields}.");
                }

                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
                {
                    throw Malformed(inner: null);
                }

                string name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();
                if (name != "image")
                {
                    fields[name] = await ReadTextAsync(section.Body, name, cancellationToken);
                }
                else if (hasImage)
                {
                    throw new CaptionFormException([new NodeFieldError(["body", "image"], "Send one picture in a request", "value_error")]);
                }
                else
                {
                    if (!disposition.IsFileDisposition() && section.ContentType is null)
                    {
                        throw new CaptionFormException([
                            new NodeFieldError(["body", "image"], "Value error, Expected UploadFile, received: text", "value_error"),
                        ]);
                    }

                    hasImage = true;
                    await image.ReadAsync(section.Body, cancellationToken);
                }
            }
        }
        catch (Exception fault) when (fault is InvalidDataException or ArgumentNullException or FormatException)
        {
            // The latter two: errors in a part's headers that the parser does not catch.
            throw Malformed(fault);
        }
        catch (IOException fault) when (fault is not BadHttpRequestException && !cancellationToken.IsCancellationRequested)
        {
            throw Malformed(fault);
        }
        return NodeCaptionForm.Parse(fields, hasImage);
    }

    private static string? Boundary(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 and <= 200 } boundary
            ? boundary.ToString()
            : null;

    private static async Task<string> ReadTextAsync(Stream body, string name, CancellationToken cancellationToken) =>
        await FormText.ReadAsync(body, MaxFieldBytes, cancellationToken)
        ?? throw new CaptionFormException([
            new NodeFieldError(["body", name], $"String should have at most {MaxFieldBytes} bytes", "string_too_long"),
        ]);

    private static BadHttpRequestException Malformed(Exception? inner) =>
        new("There was an error parsing the body", StatusCodes.Status400BadRequest, inner!);
}
