using System.Globalization;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Jobs;

/// <summary>What requests about jobs and their files are refused with.</summary>
internal static class JobRefusals
{
    public static RefusalException TooManyLines(int most) =>
        new(
            new Refusal(
                413,
                "too_many_lines",
                string.Create(CultureInfo.InvariantCulture, $"A file may hold {most} lines. Send the rest in another.")
            )
            {
                Parameter = "file",
            }
        );

    public static RefusalException FileTooLarge(long most) =>
        new(
            new Refusal(
                413,
                "file_too_large",
                string.Create(CultureInfo.InvariantCulture, $"A file may hold {most} bytes. Send the rest of its lines in another.")
            )
            {
                Parameter = "file",
            }
        );

    public static RefusalException QuotaReached(long most) =>
        new(
            new Refusal(
                413,
                "storage_quota",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The files of this API key may take {most} bytes. Delete some that you no longer need."
                )
            )
        );

    public static RefusalException DiskFull(Exception inner) =>
        new(
            new Refusal(
                507,
                "storage_full",
                "The server's disk is full, so no file and no job is taken now. Jobs under way go on. Try later."
            ),
            inner
        );

    public static RefusalException StoreUnreachable(Exception inner) =>
        new(
            new Refusal(503, "jobs_unavailable", "The store of jobs can't be reached. Captions still work; try this again shortly."),
            inner
        );

    public static RefusalException NoFile(string id) => Refusals.NotFound($"There is no file '{Shown(id)}' of this API key.");

    public static RefusalException NoBatch(string id) => Refusals.NotFound($"There is no batch '{Shown(id)}' of this API key.");

    private static string Shown(string id) => new([.. id.Take(80).Where(static letter => !char.IsControl(letter))]);
}
