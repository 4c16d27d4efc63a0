using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.PricingService.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ImageToText.PricingService.Tests.Storage;

/// <summary>A database whose disk is full.</summary>
public sealed class FullStoreTests
{
    public static TheoryData<string, int> Failures =>
        new()
        {
            { "sqlite", StatusCodes.Status507InsufficientStorage },
            { "postgres", StatusCodes.Status507InsufficientStorage },
            { "disk", StatusCodes.Status507InsufficientStorage },
            { "locked", StatusCodes.Status500InternalServerError },
        };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_full_disk_is_said_in_a_sentence_and_logged_in_a_line(string failure, int status)
    {
        Exception cause = failure switch
        {
            "sqlite" => new SqliteException("database or disk is full", 13),
            "postgres" => new PostgresException("could not extend file", "ERROR", "ERROR", PostgresErrorCodes.DiskFull),
            "disk" => new IOException("No space left on device", 28),
            _ => new SqliteException("database is locked", 5),
        };
        var log = new ListLogger<RefusalMiddleware>();
        var http = new DefaultHttpContext();
        using var body = new MemoryStream();
        http.Response.Body = body;

        await new RefusalMiddleware(_ => throw new DbUpdateException("While saving.", cause), log).InvokeAsync(http);

        Assert.Equal(status, http.Response.StatusCode);
        bool isFull = status == StatusCodes.Status507InsufficientStorage;
        var error = JsonSerializer.Deserialize(body.ToArray(), ContractsJson.Default.ErrorBody)!.Error;
        Assert.Equal(isFull ? "storage_full" : "internal_error", error.Code);
        Assert.Equal(isFull, Assert.Single(log.Lines).Line.Contains("disk is full", StringComparison.Ordinal));
    }
}
