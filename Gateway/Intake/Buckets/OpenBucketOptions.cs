using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway.Intake.Buckets;

/// <summary>
/// The S3-compatible buckets whose pictures callers may have captioned: <c>Gateway:OpenBuckets</c>. By default none. Credentials come
/// from the environment (<c>AWS_ACCESS_KEY_ID</c> and <c>AWS_SECRET_ACCESS_KEY</c>, or what else AWS's SDK finds there).
/// </summary>
public sealed class OpenBucketOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Gateway:OpenBuckets";

    /// <summary>The buckets.</summary>
    public IList<OpenBucket> Buckets { get; } = [];

    /// <summary>How long one request to a bucket may take; one that takes longer is tried again.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        for (int i = 0; i < Buckets.Count; i++)
        {
            var bucket = Buckets[i];
            string key = $"{Section}:{nameof(Buckets)}:{i}";
            if (bucket.Name.Length == 0 || bucket.Name.AsSpan().ContainsAny("/\\") || bucket.Name is "." or "..")
            {
                yield return new($"{key}:{nameof(OpenBucket.Name)} is '{bucket.Name}': give a name without slashes.");
            }

            if (Buckets.Take(i).Any(earlier => earlier.Name == bucket.Name))
            {
                yield return new($"{key}:{nameof(OpenBucket.Name)} is '{bucket.Name}', as before: give each bucket its own name.");
            }

            if (bucket.Bucket.Length == 0 || bucket.Bucket.AsSpan().ContainsAny("/\\"))
            {
                yield return new($"{key}:{nameof(OpenBucket.Bucket)} is '{bucket.Bucket}': give the bucket's name on its server.");
            }

            if (bucket.Prefix.Length > 0 && !(bucket.Prefix.EndsWith('/') && ObjectKeys.AreSafe(bucket.Prefix)))
            {
                yield return new(
                    $"{key}:{nameof(OpenBucket.Prefix)} is '{bucket.Prefix}': end it with a slash, and leave out '.' and '..'."
                );
            }

            if (bucket.ServiceUrl is { } url && !(url.IsAbsoluteUri && url.Scheme is "http" or "https"))
            {
                yield return new($"{key}:{nameof(OpenBucket.ServiceUrl)} is '{url}': give the server's http or https address.");
            }

            if (bucket is { ServiceUrl: null, Region: not { Length: > 0 } })
            {
                yield return new($"{key} has neither {nameof(OpenBucket.ServiceUrl)} nor {nameof(OpenBucket.Region)}: give one of them.");
            }
        }
    }
}

/// <summary>A bucket that is open.</summary>
public sealed class OpenBucket
{
    /// <summary>What callers name it.</summary>
    public string Name { get; set; } = "";

    /// <summary>Its name on its server.</summary>
    public string Bucket { get; set; } = "";

    /// <summary>What the keys of all objects that are open begin with, such as <c>photos/</c>. Empty: the whole bucket is open.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>The server's address, such as <c>https://minio.example.org</c>. Null: AWS, in the region.</summary>
    public Uri? ServiceUrl { get; set; }

    /// <summary>The region that requests are signed for. Null: <c>us-east-1</c>, if there is a server's address.</summary>
    public string? Region { get; set; }

    /// <summary>Whether the bucket's name is in the path of addresses, not in their host. Servers other than AWS often need it.</summary>
    public bool PathStyle { get; set; }

    /// <summary>Whether jobs may write into it: text files beside its pictures, and their results.</summary>
    public bool Sidecars { get; set; }
}
