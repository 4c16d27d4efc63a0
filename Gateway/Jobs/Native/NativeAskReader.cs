using System.Globalization;
using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Jobs.Webhooks;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Jobs.Native;

/// <summary>Reads the body of <c>POST /jobs</c>: which pictures, and the options for each of them.</summary>
internal sealed class NativeAskReader(NativePictures pictures, JobWebhookSender webhooks, JobSecrets secrets)
{
    // In the order in which a line holds them.
    private static readonly string[] Passed =
    [
        "model_id",
        "max_price_per_pixel",
        "details",
        .. CaptionOptionTable.All.Select(static option => option.Name),
    ];

    private const string MaxCost = "max_cost_usd";

    /// <summary>Reads it.</summary>
    /// <exception cref="RefusalException">400, 404, 413 or 422: a job can't be started so.</exception>
    public NativeJob Read(JsonUpload json)
    {
        var root = json.Object;
        // Options that are invalid are invalid for all pictures.
        var fields = NativeFields.Read(name => JsonUpload.Scalar(JsonUpload.Member(root, name), name));
        bool writesSidecars = CaptionParameters.ReadBoolean("sidecars", JsonUpload.Scalar(JsonUpload.Member(root, "sidecars"), "sidecars"));
        string? folder = Text("folder");
        string? bucket = Text("bucket");
        var addresses = JsonUpload.Member(root, "addresses");
        if (
            new[] { folder is not null, bucket is not null, addresses.ValueKind != JsonValueKind.Undefined }.Count(static given => given)
            != 1
        )
        {
            throw Refusals.BadRequest(
                "Send one of 'addresses', a list of web addresses, 'folder', an open folder's name, and 'bucket', an open bucket's name."
            );
        }

        var ask = new NativeAsk(folder, Webhook: JobWebhook.Read(root, webhooks, secrets))
        {
            Bucket = bucket,
            Prefix = OfBucket("prefix"),
            ResultsKey = OfBucket("results_key"),
        };
        string window = Text("completion_window") ?? "7d";
        JobWindow.Read(window);
        var passed = Passed
            .Select(name => (Name: name, Value: JsonUpload.Member(root, name)))
            .Where(static option => option.Value.ValueKind != JsonValueKind.Undefined)
            .ToArray();
        return new NativeJob(ask, window, passed)
        {
            Fields = fields,
            MaxCostUsd = CostOf(JsonUpload.Scalar(JsonUpload.Member(root, MaxCost), MaxCost)),
            Pictures =
                folder is not null ? pictures.OfFolder(folder, writesSidecars)
                : bucket is not null ? pictures.OfBucket(ask, writesSidecars)
                : pictures.OfAddresses(json, addresses),
        };

        string? Text(string name) => JsonUpload.Text(JsonUpload.Member(root, name), name);

        string? OfBucket(string name) =>
            Text(name) is not { } given ? null
            : bucket is not null ? given
            : throw Refusals.BadRequest($"'{name}' belongs to 'bucket': leave it out, or name an open bucket.", name);
    }

    private static decimal? CostOf(string? text) =>
        string.IsNullOrWhiteSpace(text) ? null
        : decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal most) && most >= 0 ? most
        : throw Refusals.InvalidOption(MaxCost, $"'{MaxCost}' must be an amount in USD of zero or more.");
}

/// <summary>A job that is about to start.</summary>
/// <param name="Ask">What it was asked for.</param>
/// <param name="Window">The time allowed, as the caller wrote it.</param>
/// <param name="Options">The options of each request.</param>
internal sealed record NativeJob(NativeAsk Ask, string Window, (string Name, JsonElement Value)[] Options)
{
    /// <summary>The same options, read.</summary>
    public required NativeFields Fields { get; init; }

    /// <summary>The most that it may cost by its quote, in USD; null: any sum.</summary>
    public decimal? MaxCostUsd { get; init; }

    /// <summary>Its pictures. They may be listed more than once.</summary>
    public required IAsyncEnumerable<NativePicture> Pictures { get; init; }
}

/// <summary>A picture of a job.</summary>
/// <param name="Name">Its address, or its name in the folder or bucket.</param>
/// <param name="Sidecar">The text file that gets the caption; null: none does.</param>
internal readonly record struct NativePicture(string Name, string? Sidecar);
