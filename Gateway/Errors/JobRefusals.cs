using System.Globalization;
using ImageToText.Contracts;

namespace ImageToText.Gateway.Errors;

/// <summary>What requests about jobs and their files are refused with.</summary>
internal static partial class Refusals
{
    public static RefusalException TooManyLines(int most) =>
        new(
            new Refusal(
                ErrorCodeTable.TooManyLines,
                string.Create(CultureInfo.InvariantCulture, $"A file may hold {most} lines. Send the rest in another.")
            )
            {
                Parameter = "file",
            }
        );

    public static Refusal FileTooLarge(long most) =>
        new(
            ErrorCodeTable.FileTooLarge,
            string.Create(CultureInfo.InvariantCulture, $"A file may hold {most} bytes. Send the rest of its lines in another.")
        )
        {
            Parameter = "file",
        };

    public static Refusal QuotaReached(string whose, long used, long most, string setting) =>
        new(
            ErrorCodeTable.StorageQuota,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The files of {Shown(whose)} take {used} of the {most} bytes that they may (Gateway:Jobs:{setting}). "
            )
                + "There is no room for this file. "
                + "Delete files (DELETE /v1/files/{id}) or ended jobs (DELETE /jobs/{id}) that you no longer need."
        );

    public static RefusalException JobTooDear(decimal most, decimal? quoted) =>
        new(
            new Refusal(
                ErrorCodeTable.PriceAboveCap,
                quoted is { } cost
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"The requests may cost {cost} USD, more than 'max_cost_usd', which is {most}. Raise it, or leave some out."
                    )
                    : "A model of these requests has no price now, so nobody can promise to stay within 'max_cost_usd'. Try again later."
            )
            {
                Parameter = "max_cost_usd",
            }
        );

    public static RefusalException NoExpiry(string field) =>
        InvalidOption(
            field,
            $"'{field}' is not offered: files are kept for the time that the operator has set (Gateway:Jobs:Retention). Leave it out, and "
                + "delete the file when you no longer need it."
        );

    public static RefusalException NoKeyForJobs() =>
        new(
            new Refusal(
                ErrorCodeTable.MissingApiKey,
                "Files and jobs need an API key: all callers without one would share theirs. Send one as 'Authorization: Bearer KEY', or "
                    + "ask the operator (Gateway:Admission:AnonymousJobs)."
            )
        );

    public static RefusalException FileInUse() =>
        new(new Refusal(ErrorCodeTable.FileInUse, "A batch that is under way reads this file: cancel it first, or wait for its end."));

    public static RefusalException DiskFull(Exception inner) =>
        new(
            new Refusal(
                ErrorCodeTable.StorageFull,
                "The server's disk is full, so no file and no job is taken now. Jobs under way go on. Try again later."
            ),
            inner
        );

    public static RefusalException JobsUnavailable(Exception inner) =>
        new(
            new Refusal(ErrorCodeTable.JobsUnavailable, "The store of jobs can't be reached. Captions still work; try this again shortly."),
            inner
        );

    public static RefusalException NoFile(string id) => NotFound($"There is no file '{Shown(id)}' of this API key.");

    public static RefusalException NoBatch(string id) => NotFound($"There is no batch '{Shown(id)}' of this API key.");

    public static RefusalException NoJob(string id) => NotFound($"There is no job '{Shown(id)}' of this API key.");

    public static RefusalException NoFolder(string name) =>
        new(
            new Refusal(
                ErrorCodeTable.NotFound,
                $"No folder '{Shown(name)}' is open here. Ask the operator to open one (Gateway:OpenFolders), or check its name."
            )
            {
                Parameter = "folder",
            }
        );

    public static RefusalException NoPictureFile(string name, Exception? inner = null) =>
        new(
            new Refusal(ErrorCodeTable.NotFound, $"There is no file '{Shown(name)}' in the open folder that can be read.")
            {
                Parameter = PictureParameter,
            },
            inner
        );

    public static RefusalException NoSidecar(string name, Exception? inner = null) =>
        new(
            new Refusal(
                ErrorCodeTable.NotFound,
                $"'{Shown(name)}' can't be written: the operator must open the folder for text files "
                    + "(Gateway:OpenFolders:Folders:N:Sidecars), and the service must be allowed to write there."
            )
            {
                Parameter = "sidecars",
            },
            inner
        );

    public static RefusalException NoBucket(string name) =>
        new(
            new Refusal(
                ErrorCodeTable.NotFound,
                $"No bucket '{Shown(name)}' is open here. Ask the operator to open one (Gateway:OpenBuckets), or check the names."
            )
            {
                Parameter = "bucket",
            }
        );

    public static RefusalException NoPictureObject(string name, Exception? inner = null) =>
        new(
            new Refusal(ErrorCodeTable.NotFound, $"There is no object '{Shown(name)}' in the open bucket.")
            {
                Parameter = PictureParameter,
            },
            inner
        );

    public static RefusalException NoBucketFile(string name) =>
        new(
            new Refusal(
                ErrorCodeTable.NotFound,
                $"'{Shown(name)}' can't be written: the operator must open the bucket for that (Gateway:OpenBuckets:Buckets:N:Sidecars)."
            )
            {
                Parameter = "sidecars",
            }
        );

    public static RefusalException BucketRefuses(string name, string answer, string parameter, Exception inner) =>
        BadRequest(
            $"The bucket '{Shown(name)}' can't be used because its server answered {Shown(answer)}. Ask the operator to check the bucket's "
                + "name and the gateway's credentials for it.",
            parameter,
            inner
        );

    public static RefusalException BucketUnavailable(string name, TimeSpan retryAfter, Exception inner) =>
        PlaceUnusable(
            ErrorCodeTable.BucketUnavailable,
            $"The bucket '{Shown(name)}' can't be reached, or the gateway has no credentials for it. Jobs under way wait for it; try "
                + "this again shortly.",
            "bucket",
            retryAfter,
            inner
        );

    public static RefusalException BucketDenied(string name, string answer, TimeSpan retryAfter, Exception inner) =>
        PlaceUnusable(
            ErrorCodeTable.BucketDenied,
            $"The bucket '{Shown(name)}' refuses the gateway's credentials: its server answered {Shown(answer)}. Ask the operator to "
                + "renew them. Jobs under way wait for that.",
            "bucket",
            retryAfter,
            inner
        );

    public static RefusalException FolderFull(string name, TimeSpan retryAfter, Exception inner) =>
        PlaceUnusable(
            ErrorCodeTable.FolderFull,
            $"'{Shown(name)}' can't be written because the folder's disk is full. Ask the operator to make room. Jobs under way wait "
                + "for that.",
            "sidecars",
            retryAfter,
            inner
        );

    public static RefusalException FolderUnavailable(string name, TimeSpan retryAfter, Exception inner) =>
        PlaceUnusable(
            ErrorCodeTable.FolderUnavailable,
            $"'{Shown(name)}' can't be written at present because the folder's disk or share fails, or the file is locked. Ask the "
                + "operator to check it. Jobs under way wait for that.",
            "sidecars",
            retryAfter,
            inner
        );

    /// <summary>Whether jobs wait for the end of this: where their pictures are can't be used at present.</summary>
    public static bool IsOfPlace(string? code) =>
        code == ErrorCodeTable.BucketUnavailable.Code
        || code == ErrorCodeTable.BucketDenied.Code
        || code == ErrorCodeTable.FolderFull.Code
        || code == ErrorCodeTable.FolderUnavailable.Code;

    private static RefusalException PlaceUnusable(
        ErrorCode error,
        string message,
        string parameter,
        TimeSpan retryAfter,
        Exception inner
    ) => new(new Refusal(error, message) { Parameter = parameter, RetryAfter = retryAfter }, inner);

    public static RefusalException PictureTooSlow(string name, TimeSpan limit, Exception inner) =>
        new(
            new Refusal(
                ErrorCodeTable.CaptionTimeout,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The bucket didn't send the whole picture '{Shown(name)}' within {limit.TotalSeconds} s. "
                ) + "Nothing was charged; try again, or ask the operator to raise Gateway:OpenBuckets:Timeout."
            ),
            inner
        );

    public static Refusal ListingTooLong(TimeSpan limit) =>
        new(
            ErrorCodeTable.ListingTimeout,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Listing the pictures, or reading their headers for a quote, took longer than {limit.TotalMinutes} minutes. "
            ) + "No job was started. Name a narrower 'folder' or 'prefix', and start several jobs."
        );

    public static RefusalException JobTooLarge(int most) =>
        new(
            new Refusal(
                ErrorCodeTable.TooManyImages,
                string.Create(CultureInfo.InvariantCulture, $"A job may have {most} pictures. Start another for the rest.")
            )
        );

    public static RefusalException JobUnderWay() =>
        new(new Refusal(ErrorCodeTable.FileInUse, "The job has not ended: cancel it first, or wait for its end."));
}
