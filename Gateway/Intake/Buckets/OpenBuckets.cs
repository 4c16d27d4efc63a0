using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using ImageToText.Gateway.Errors;
using ImageToText.ServiceDefaults.Files;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Intake.Buckets;

/// <summary>
/// The pictures in the buckets that the operator opened. Callers name a bucket and the beginning of keys; an object's name is
/// BUCKET/KEY with the bucket's name here, and its key without the prefix that the operator set.
/// </summary>
internal sealed class OpenBuckets(IOptions<OpenBucketOptions> options, PictureIntake intake, TimeProvider time)
    : INamedPictures,
        IDisposable
{
    // Every part but the last has at least 5 MiB, and there may be 10,000.
    private const int PartBytes = 8 * 1024 * 1024;

    private const HttpStatusCode NoSuchRange = HttpStatusCode.RequestedRangeNotSatisfiable;

    private readonly Dictionary<string, BucketClient> _clients = options.Value.Buckets.ToDictionary(
        static bucket => bucket.Name,
        bucket => new BucketClient(bucket, options.Value.Timeout, time),
        StringComparer.Ordinal
    );

    /// <summary>How many objects are listed at once, at most.</summary>
    internal int PageSize { get; init; } = 1000;

    /// <summary>The names of the pictures whose keys begin with <paramref name="prefix"/>, in the bucket's order, page by page.</summary>
    /// <param name="bucket">The bucket, as callers name it.</param>
    /// <param name="prefix">What keys begin with, after what the operator set. Empty: all of them.</param>
    /// <param name="cancellationToken">Stops listing.</param>
    /// <exception cref="RefusalException">400 or 404: it is not open, or refuses; 503: it can't be reached.</exception>
    public async IAsyncEnumerable<string> PicturesAsync(
        string bucket,
        string prefix,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var client = Open(bucket);
        if (!ObjectKeys.AreSafe(prefix))
        {
            throw Refusals.NoBucket($"{bucket}/{prefix}");
        }

        string? next = null;
        do
        {
            string? token = next;
            var page = await client.AskAsync(
                (s3, stop) =>
                    s3.ListObjectsV2Async(
                        new ListObjectsV2Request
                        {
                            BucketName = client.Bucket.Bucket,
                            Prefix = client.Bucket.Prefix + prefix,
                            ContinuationToken = token,
                            MaxKeys = PageSize,
                        },
                        stop
                    ),
                refused => Refusals.BucketRefuses(bucket, refused.Answer, "bucket", refused.Cause),
                cancellationToken
            );
            foreach (var found in page.S3Objects ?? [])
            {
                if (PictureExtensions.Known.Contains(Path.GetExtension(found.Key)))
                {
                    yield return bucket + "/" + found.Key[client.Bucket.Prefix.Length..];
                }
            }

            next = page.IsTruncated == true ? page.NextContinuationToken : null;
        } while (next is not null);
    }

    /// <summary>Whether jobs may write into a bucket.</summary>
    /// <exception cref="RefusalException">404: it is not open.</exception>
    public bool TakesFiles(string bucket) => Open(bucket).Bucket.Sidecars;

    /// <inheritdoc/>
    public Task<Picture> ReadAsync(string name, CancellationToken cancellationToken) =>
        ReadAsync(name, null, (body, length, stop) => intake.ReadPictureAsync(body, length, intake.MaxBodyBytes, stop), cancellationToken);

    /// <inheritdoc/>
    public async Task<byte[]> StartOfAsync(string name, int count, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(
                name,
                new ByteRange(0, count - 1),
                async (body, length, stop) =>
                {
                    byte[] start = new byte[Math.Min(count, length)];
                    await body.ReadExactlyAsync(start, stop);
                    return start;
                },
                cancellationToken
            );
        }
        catch (RefusalException failure) when (failure.InnerException is AmazonS3Exception { StatusCode: NoSuchRange })
        {
            // An empty object has no first byte.
            return [];
        }
    }

    /// <inheritdoc/>
    public Task WriteTextAsync(string name, string text, CancellationToken cancellationToken) =>
        PutAsync(name, Encoding.UTF8.GetBytes(text + "\n"), "text/plain; charset=utf-8", cancellationToken);

    /// <summary>Writes an object of any length, in parts if it is long.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its content type.</param>
    /// <param name="bytes">What it is to hold.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    /// <exception cref="RefusalException">400 or 404: it may not be written; 503: the bucket can't be reached.</exception>
    public async Task WriteAsync(string name, string type, Stream bytes, CancellationToken cancellationToken)
    {
        byte[] part = new byte[PartBytes];
        int length = await bytes.ReadAtLeastAsync(part, part.Length, throwOnEndOfStream: false, cancellationToken);
        if (length < part.Length)
        {
            await PutAsync(name, part[..length], type, cancellationToken);
            return;
        }

        var (client, key) = FindForWriting(name);
        var begun = await WriteAsync(
            (s3, stop) =>
                s3.InitiateMultipartUploadAsync(
                    new InitiateMultipartUploadRequest
                    {
                        BucketName = client.Bucket.Bucket,
                        Key = key,
                        ContentType = type,
                    },
                    stop
                )
        );
        var done = new List<PartETag>();
        try
        {
            for (; length > 0; length = await bytes.ReadAtLeastAsync(part, part.Length, throwOnEndOfStream: false, cancellationToken))
            {
                int count = length;
                var answer = await WriteAsync(
                    (s3, stop) =>
                        s3.UploadPartAsync(
                            new UploadPartRequest
                            {
                                BucketName = client.Bucket.Bucket,
                                Key = key,
                                UploadId = begun.UploadId,
                                PartNumber = done.Count + 1,
                                PartSize = count,
                                InputStream = new MemoryStream(part, 0, count),
                                UseChunkEncoding = false,
                            },
                            stop
                        )
                );
                done.Add(new PartETag(done.Count + 1, answer.ETag));
            }

            await WriteAsync(
                (s3, stop) =>
                    s3.CompleteMultipartUploadAsync(
                        new CompleteMultipartUploadRequest
                        {
                            BucketName = client.Bucket.Bucket,
                            Key = key,
                            UploadId = begun.UploadId,
                            PartETags = done,
                        },
                        stop
                    )
            );
        }
        catch
        {
            await client.TryAsync((s3, stop) => s3.AbortMultipartUploadAsync(client.Bucket.Bucket, key, begun.UploadId, stop));
            throw;
        }

        Task<T> WriteAsync<T>(Func<IAmazonS3, CancellationToken, Task<T>> ask) =>
            client.AskAsync(ask, refused => OfWriting(client, refused), cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }
    }

    private Task<T> ReadAsync<T>(
        string name,
        ByteRange? range,
        Func<Stream, long, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken
    )
    {
        var (client, key) = Find(name);
        return client.AskAsync(
            async (s3, stop) =>
            {
                using var found = await s3.GetObjectAsync(
                    new GetObjectRequest
                    {
                        BucketName = client.Bucket.Bucket,
                        Key = key,
                        ByteRange = range,
                    },
                    stop
                );
                await using var body = found.ResponseStream;
                try
                {
                    return await read(body, found.ContentLength, stop);
                }
                // The server is there, but slow. Waiting for it would be of no use.
                catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
                {
                    throw Refusals.PictureTooSlow(name, options.Value.Timeout, late);
                }
            },
            refused =>
                refused.IsMissing
                    ? Refusals.NoPictureObject(name, refused.Cause)
                    : Refusals.BucketRefuses(client.Bucket.Name, refused.Answer, Refusals.PictureParameter, refused.Cause),
            cancellationToken
        );
    }

    private Task<PutObjectResponse> PutAsync(string name, byte[] bytes, string type, CancellationToken cancellationToken)
    {
        var (client, key) = FindForWriting(name);
        return client.AskAsync(
            (s3, stop) =>
                s3.PutObjectAsync(
                    new PutObjectRequest
                    {
                        BucketName = client.Bucket.Bucket,
                        Key = key,
                        ContentType = type,
                        InputStream = new MemoryStream(bytes),
                        UseChunkEncoding = false,
                    },
                    stop
                ),
            refused => OfWriting(client, refused),
            cancellationToken
        );
    }

    private static RefusalException OfWriting(BucketClient client, BucketRefusal refused) =>
        Refusals.BucketRefuses(client.Bucket.Name, refused.Answer, "sidecars", refused.Cause);

    private BucketClient Open(string bucket) => _clients.TryGetValue(bucket, out var client) ? client : throw Refusals.NoBucket(bucket);

    private (BucketClient Client, string Key) Find(string name)
    {
        int end = name.IndexOf('/', StringComparison.Ordinal);
        var client = Open(end < 0 ? name : name[..end]);
        string key = client.Bucket.Prefix + name[(end + 1)..];
        return ObjectKeys.AreSafe(key) ? (client, key) : throw Refusals.NoPictureObject(name);
    }

    private (BucketClient Client, string Key) FindForWriting(string name)
    {
        var found = Find(name);
        return found.Client.Bucket.Sidecars ? found : throw Refusals.NoBucketFile(name);
    }
}
