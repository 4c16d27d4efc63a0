using System.Globalization;
using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ImageToText.Gateway.Errors;
using ImageToText.ServiceDefaults.Resilience;

namespace ImageToText.Gateway.Intake.Buckets;

/// <summary>Asks one bucket's server, in limited time, and tells a refusal from one that can't be reached.</summary>
internal sealed class BucketClient : IDisposable
{
    private const int QuickRetries = 2;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    private readonly Lazy<AmazonS3Client> _s3;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    public BucketClient(OpenBucket bucket, TimeSpan timeout, TimeProvider time)
    {
        Bucket = bucket;
        _timeout = timeout;
        _time = time;
        _s3 = new Lazy<AmazonS3Client>(() => new AmazonS3Client(ConfigurationOf(bucket)));
    }

    /// <summary>The bucket.</summary>
    public OpenBucket Bucket { get; }

    /// <summary>Asks it.</summary>
    /// <param name="ask">Asks, and reads the answer.</param>
    /// <param name="refuse">What a refusal of the bucket means here.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="RefusalException">
    /// The bucket refuses; 503: it can't be reached, or takes none of the gateway's credentials.
    /// </exception>
    public async Task<T> AskAsync<T>(
        Func<IAmazonS3, CancellationToken, Task<T>> ask,
        Func<BucketRefusal, RefusalException> refuse,
        CancellationToken cancellationToken
    )
    {
        using var deadline = new Deadline(_timeout, _time, cancellationToken);
        try
        {
            return await ask(_s3.Value, deadline.Token);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (AmazonServiceException failure) when (BucketRefusal.Of(failure) is { } refused)
        {
            throw refused.IsOfCredentials || (refused.IsDenial && await DeniesAllAsync(cancellationToken))
                ? Refusals.BucketDenied(Bucket.Name, refused.Answer, RetryAfter, failure)
                : refuse(refused);
        }
        catch (Exception failure) when (IsOutage(failure))
        {
            throw Refusals.BucketUnavailable(Bucket.Name, RetryAfter, failure);
        }
    }

    /// <summary>Asks it for something that does no harm if it isn't done.</summary>
    public async Task TryAsync<T>(Func<IAmazonS3, CancellationToken, Task<T>> ask)
    {
        try
        {
            await AskAsync(ask, refused => Refusals.BucketRefuses(Bucket.Name, refused.Answer, "bucket", refused.Cause), default);
        }
        catch (RefusalException)
        {
            // It isn't done.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_s3.IsValueCreated)
        {
            _s3.Value.Dispose();
        }
    }

    private static bool IsOutage(Exception failure) =>
        failure is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or OperationCanceledException;

    /// <summary>
    /// Whether not even the listing is allowed any more, without which no job starts. Otherwise one object alone is refused.
    /// </summary>
    private async Task<bool> DeniesAllAsync(CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(_timeout, _time, cancellationToken);
        try
        {
            await _s3.Value.ListObjectsV2Async(
                new ListObjectsV2Request
                {
                    BucketName = Bucket.Bucket,
                    Prefix = Bucket.Prefix,
                    MaxKeys = 1,
                },
                deadline.Token
            );
            return false;
        }
        catch (AmazonServiceException failure) when (BucketRefusal.Of(failure) is { } refused)
        {
            return refused.IsOfCredentials || refused.IsDenial;
        }
        catch (Exception failure) when (IsOutage(failure) && !cancellationToken.IsCancellationRequested)
        {
            throw Refusals.BucketUnavailable(Bucket.Name, RetryAfter, failure);
        }
    }

    private static AmazonS3Config ConfigurationOf(OpenBucket bucket)
    {
        var configuration = new AmazonS3Config
        {
            ForcePathStyle = bucket.PathStyle,
            MaxErrorRetry = QuickRetries,
            // Many servers other than AWS don't know its newer checksums, and would take them for a part of the object.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (bucket.ServiceUrl is { } address)
        {
            configuration.ServiceURL = address.AbsoluteUri;
            configuration.AuthenticationRegion = bucket.Region ?? "us-east-1";
        }
        else
        {
            configuration.RegionEndpoint = RegionEndpoint.GetBySystemName(bucket.Region);
        }

        return configuration;
    }
}

/// <summary>What a bucket's server refused.</summary>
/// <param name="Answer">Its status and error code.</param>
/// <param name="Cause">The failure.</param>
internal sealed record BucketRefusal(string Answer, AmazonServiceException Cause)
{
    // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    private static readonly string[] Credentials =
    [
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidToken",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
    ];

    /// <summary>Whether there is no such object.</summary>
    public bool IsMissing => Cause.ErrorCode == "NoSuchKey";

    /// <summary>Whether nothing at all is taken with these credentials.</summary>
    public bool IsOfCredentials => Credentials.Contains(Cause.ErrorCode, StringComparer.Ordinal);

    /// <summary>Whether the credentials don't suffice for what was asked.</summary>
    public bool IsDenial => Cause.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized;

    /// <summary>Reads a failure; null: it is no refusal, and may pass.</summary>
    public static BucketRefusal? Of(AmazonServiceException failure)
    {
        int status = (int)failure.StatusCode;
        // A redirect that the SDK did not follow leads to another region, and that stays so.
        return status is >= 300 and < 500 and not StatusCodes.Status408RequestTimeout and not StatusCodes.Status429TooManyRequests
            ? new BucketRefusal(string.Create(CultureInfo.InvariantCulture, $"{status} ({failure.ErrorCode})"), failure)
            : null;
    }
}
