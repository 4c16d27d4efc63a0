using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.Folders;
using ImageToText.Gateway.Jobs.Webhooks;
using ImageToText.Gateway.Pipeline;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Native;

/// <summary>Reads the body of <c>POST /jobs</c>: which pictures, and the options for each of them.</summary>
internal sealed class NativeAskReader(OpenFolders folders, JobWebhookSender webhooks, JobSecrets secrets, IOptions<JobOptions> options)
{
    // In the order in which a line holds them.
    private static readonly string[] Passed =
    [
        "model_id",
        "max_price_per_pixel",
        "details",
        .. CaptionOptionTable.All.Select(static option => option.Name),
    ];

    /// <summary>Reads it.</summary>
    /// <exception cref="RefusalException">400, 404, 413 or 422: a job can't be started so.</exception>
    public NativeJob Read(JsonUpload json)
    {
        var root = json.Object;
        // Options that are invalid are invalid for all pictures.
        NativeFields.Read(name => JsonUpload.Scalar(JsonUpload.Member(root, name), name));
        bool writesSidecars = CaptionParameters.ReadBoolean("sidecars", JsonUpload.Scalar(JsonUpload.Member(root, "sidecars"), "sidecars"));
        string? folder = JsonUpload.Text(JsonUpload.Member(root, "folder"), "folder");
        var addresses = JsonUpload.Member(root, "addresses");
        if ((folder is null) == (addresses.ValueKind == JsonValueKind.Undefined))
        {
            throw Refusals.BadRequest("Send either 'addresses', a list of web addresses, or 'folder', the name of an open folder.");
        }

        string window = JsonUpload.Text(JsonUpload.Member(root, "completion_window"), "completion_window") ?? "7d";
        var passed = Passed
            .Select(name => (Name: name, Value: JsonUpload.Member(root, name)))
            .Where(static option => option.Value.ValueKind != JsonValueKind.Undefined)
            .ToArray();
        var job = new NativeJob(
            new NativeAsk(folder, Webhook: JobWebhook.Read(root, webhooks, secrets)),
            window,
            JobWindow.Read(window),
            passed
        );
        return folder is null
            ? job with
            {
                Pictures = Limited(AddressesOf(json, addresses)),
            }
            : job with
            {
                Pictures = Limited(FilesOf(folder, writesSidecars)),
            };
    }

    private static List<NativePicture> AddressesOf(JsonUpload json, JsonElement addresses) =>
        addresses.ValueKind == JsonValueKind.Array && addresses.GetArrayLength() > 0
            ?
            [
                .. addresses
                    .EnumerateArray()
                    .Select(address => new NativePicture(
                        json.IsLong(address) ? ""
                            : address.ValueKind == JsonValueKind.String ? address.GetString()!
                            : address.GetRawText(),
                        null
                    )),
            ]
            : throw Refusals.BadRequest("'addresses' must be a list with at least one web address.", "addresses");

    private List<NativePicture> FilesOf(string folder, bool writesSidecars)
    {
        if (writesSidecars && !folders.TakesSidecars(folder))
        {
            throw Refusals.InvalidOption(
                "sidecars",
                "The folder is not open for text files: ask the operator (Gateway:OpenFolders:Folders:N:Sidecars), or leave out 'sidecars'."
            );
        }

        var names = folders.Pictures(folder);
        if (names.Count == 0)
        {
            throw Refusals.BadRequest($"There are no pictures in '{folder}'.", "folder");
        }

        // a.jpg and a.png both want a.txt: the second one gets a.png.txt.
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return
        [
            .. names.Select(name =>
            {
                string sidecar = Path.ChangeExtension(name, ".txt");
                return new NativePicture(
                    name,
                    !writesSidecars ? null
                        : taken.Add(sidecar) ? sidecar
                        : name + ".txt"
                );
            }),
        ];
    }

    private List<NativePicture> Limited(List<NativePicture> pictures) =>
        pictures.Count <= options.Value.MaxPictures ? pictures : throw Refusals.JobTooLarge(options.Value.MaxPictures);
}

/// <summary>A job that is about to start.</summary>
/// <param name="Ask">What it was asked for.</param>
/// <param name="Window">The time allowed, as the caller wrote it.</param>
/// <param name="Time">The time allowed.</param>
/// <param name="Options">The options of each request.</param>
internal sealed record NativeJob(NativeAsk Ask, string Window, TimeSpan Time, (string Name, JsonElement Value)[] Options)
{
    /// <summary>Its pictures.</summary>
    public IReadOnlyList<NativePicture> Pictures { get; init; } = [];
}

/// <summary>A picture of a job.</summary>
/// <param name="Name">Its address, or its name in the folder.</param>
/// <param name="Sidecar">The text file that gets the caption; null: none does.</param>
internal readonly record struct NativePicture(string Name, string? Sidecar);
