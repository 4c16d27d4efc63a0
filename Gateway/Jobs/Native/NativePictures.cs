using System.Runtime.CompilerServices;
using System.Text.Json;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.Buckets;
using ImageToText.Gateway.Intake.Folders;
using ImageToText.ServiceDefaults.Files;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Native;

/// <summary>Lists the pictures of jobs that are about to start: addresses, a folder's files, or a bucket's objects page by page.</summary>
internal sealed class NativePictures(OpenFolders folders, OpenBuckets buckets, IOptions<JobOptions> options)
{
    /// <summary>The pictures at addresses.</summary>
    /// <exception cref="RefusalException">400 or 413: there are none, or too many.</exception>
    public IAsyncEnumerable<NativePicture> OfAddresses(JsonUpload json, JsonElement addresses) =>
        addresses.ValueKind != JsonValueKind.Array || addresses.GetArrayLength() == 0
            ? throw Refusals.BadRequest("'addresses' must be a list with at least one web address.", "addresses")
        : addresses.GetArrayLength() > options.Value.MaxPictures ? throw Refusals.JobTooLarge(options.Value.MaxPictures)
        : addresses
            .EnumerateArray()
            .Select(address => new NativePicture(
                json.IsLong(address) ? ""
                    : address.ValueKind == JsonValueKind.String ? address.GetString()!
                    : address.GetRawText(),
                null
            ))
            .ToArray()
            .ToAsyncEnumerable();

    /// <summary>The pictures in an open folder.</summary>
    /// <exception cref="RefusalException">400, 404, 413 or 422: it has none, or too many, or is not open for this.</exception>
    public IAsyncEnumerable<NativePicture> OfFolder(string folder, bool writesSidecars)
    {
        if (writesSidecars && !folders.TakesSidecars(folder))
        {
            throw Refusals.InvalidOption(
                "sidecars",
                "The folder is not open for text files: ask the operator (Gateway:OpenFolders:Folders:N:Sidecars), or leave out 'sidecars'."
            );
        }

        var names = folders.Pictures(folder);
        return names.Count == 0 ? throw Refusals.BadRequest($"There are no pictures in '{folder}'.", "folder")
            : names.Count > options.Value.MaxPictures ? throw Refusals.JobTooLarge(options.Value.MaxPictures)
            : Named(names.ToAsyncEnumerable(), writesSidecars);
    }

    /// <summary>The pictures in an open bucket. What is wrong with it shows while they are listed.</summary>
    /// <exception cref="RefusalException">
    /// 400, 404, 413 or 422: it has none, or too many, or refuses, or is not open for this; 503: it can't be reached.
    /// </exception>
    public IAsyncEnumerable<NativePicture> OfBucket(NativeAsk ask, bool writesSidecars)
    {
        if ((writesSidecars || ask.ResultsKey is not null) && !buckets.TakesFiles(ask.Bucket!))
        {
            string given = writesSidecars ? "sidecars" : "results_key";
            throw Refusals.InvalidOption(
                given,
                $"The bucket is not open for that: ask the operator (Gateway:OpenBuckets:Buckets:N:Sidecars), or leave out '{given}'."
            );
        }

        if (PictureExtensions.Known.Contains(Path.GetExtension(ask.ResultsKey ?? "")))
        {
            throw Refusals.InvalidOption(
                "results_key",
                "'results_key' ends as a picture's name does, and the object would replace the picture: choose another end, such as .jsonl."
            );
        }

        return ask.ResultsKey is null || (ask.ResultsKey.Length > 0 && !ask.ResultsKey.EndsWith('/') && ObjectKeys.AreSafe(ask.ResultsKey))
            ? Named(ListAsync(ask), writesSidecars)
            : throw Refusals.InvalidOption(
                "results_key",
                "'results_key' must be the key of an object, such as captions.jsonl, without '.' or '..' between slashes."
            );
    }

    private static async IAsyncEnumerable<NativePicture> Named(
        IAsyncEnumerable<string> names,
        bool writesSidecars,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var sidecars = writesSidecars ? new SidecarNames() : null;
        await foreach (string name in names.WithCancellation(cancellationToken))
        {
            yield return new NativePicture(name, sidecars?.Of(name));
        }
    }

    private async IAsyncEnumerable<string> ListAsync(NativeAsk ask, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int count = 0;
        await foreach (string name in buckets.PicturesAsync(ask.Bucket!, ask.Prefix ?? "", cancellationToken))
        {
            yield return ++count <= options.Value.MaxPictures ? name : throw Refusals.JobTooLarge(options.Value.MaxPictures);
        }

        if (count == 0)
        {
            throw Refusals.BadRequest($"There are no pictures in the bucket '{ask.Bucket}' below '{ask.Prefix}'.", "prefix");
        }
    }

    /// <summary>The names of text files beside pictures.</summary>
    private sealed class SidecarNames
    {
        // File systems may take names that differ in case for the same.
        private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

        /// <summary>The name of a picture's file. a.jpg and a.png both want a.txt: the second one gets a.png.txt.</summary>
        public string Of(string name)
        {
            string sidecar = Path.ChangeExtension(name, ".txt");
            return _taken.Add(sidecar) ? sidecar : name + ".txt";
        }
    }
}
