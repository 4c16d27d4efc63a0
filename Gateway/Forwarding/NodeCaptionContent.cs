using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ImageToText.Gateway.Intake;

namespace ImageToText.Gateway.Forwarding;

/// <summary>
/// The multipart body of a request to a node, sent straight from the picture's segments. Its length is known, nothing is copied,
/// and it can be sent again to another node.
/// </summary>
internal sealed class NodeCaptionContent : HttpContent
{
    private readonly PooledBytes _picture;
    private readonly byte[] _head;
    private readonly byte[] _tail;

    /// <summary>Creates the form.</summary>
    /// <param name="picture">The picture's bytes. They can't return to their pool while they are being sent.</param>
    /// <param name="pictureType">The picture's media type.</param>
    /// <param name="fields">Text fields. They come before the picture, so that a node can refuse them first.</param>
    public NodeCaptionContent(PooledBytes picture, string pictureType, IEnumerable<KeyValuePair<string, string>> fields)
    {
        string boundary = Guid.NewGuid().ToString("N");
        var head = new StringBuilder();
        foreach (var (name, value) in fields)
        {
            head.Append("--")
                .Append(boundary)
                .Append("\r\nContent-Disposition: form-data; name=\"")
                .Append(name)
                .Append("\"\r\n\r\n")
                .Append(value)
                .Append("\r\n");
        }

        head.Append("--")
            .Append(boundary)
            .Append("\r\nContent-Disposition: form-data; name=\"image\"; filename=\"image\"\r\nContent-Type: ")
            .Append(pictureType)
            .Append("\r\n\r\n");
        _picture = picture;
        _head = Encoding.UTF8.GetBytes(head.ToString());
        _tail = Encoding.ASCII.GetBytes("\r\n--" + boundary + "--\r\n");
        Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=" + boundary);
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        using var lease = _picture.TakeLease();
        await stream.WriteAsync(_head, cancellationToken);
        await _picture.CopyToAsync(stream, cancellationToken);
        await stream.WriteAsync(_tail, cancellationToken);
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _head.Length + _picture.Length + _tail.Length;
        return true;
    }
}
