using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Intake;

/// <summary>
/// A request's body as intake reads it: counted against its limit and its minimum pace, with failures reported as refusals.
/// </summary>
internal sealed class UploadStream : Stream
{
    private readonly Stream _body;
    private readonly long _limit;
    private readonly UploadPace _pace;
    private readonly CancellationTokenSource _either;
    private readonly CancellationToken _caller;

    /// <summary>Starts to read the body of <paramref name="request"/>.</summary>
    /// <exception cref="RefusalException">
    /// 413 if the announced length exceeds <paramref name="limit"/>, 415 if the body is encoded.
    /// </exception>
    public UploadStream(HttpRequest request, long limit, IntakeOptions options, TimeProvider time, bool isFile = false)
    {
        if (
            request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding
            && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)
        )
        {
            throw Refusals.UnsupportedEncoding(encoding);
        }

        Announced = request.ContentLength;
        if (Announced > limit)
        {
            throw Refusals.TooLarge(limit);
        }

        _body = request.Body;
        _limit = limit;
        _caller = request.HttpContext.RequestAborted;
        _pace = new UploadPace(options, time, isFile);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_pace.CutOff, _caller);
    }

    /// <summary>Bytes announced in Content-Length; null: unknown.</summary>
    public long? Announced { get; }

    /// <summary>Bytes read.</summary>
    public long Received { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => Received;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await _body.ReadAsync(buffer, _either.Token);
        }
        catch (OperationCanceledException) when (_pace.CutOff.IsCancellationRequested && !_caller.IsCancellationRequested)
        {
            throw Refusals.TooSlow();
        }
        catch (IOException failure)
        {
            throw Refusals.Unread(failure, _limit);
        }

        Received += read;
        _pace.Received(read);
        return Received <= _limit ? read : throw Refusals.TooLarge(_limit);
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush() => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _either.Dispose();
            _pace.Dispose();
        }

        base.Dispose(disposing);
    }
}
