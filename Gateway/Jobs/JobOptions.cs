using System.ComponentModel.DataAnnotations;
using ImageToText.ServiceDefaults.Databases;

namespace ImageToText.Gateway.Jobs;

/// <summary>Jobs, which caption many pictures in the background: <c>Gateway:Jobs</c>.</summary>
public sealed class JobOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Gateway:Jobs";

    /// <summary>
    /// Where jobs are kept: <c>Data Source=FILE</c> for SQLite, <c>Host=…</c> for PostgreSQL. Empty: the connection string named
    /// <c>jobs</c>, else <c>jobs.db</c> in the gateway's data folder. Several gateways share their jobs in one PostgreSQL database.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>
    /// How many connections to PostgreSQL this gateway keeps for jobs at most. <c>Maximum Pool Size</c> in the connection string takes
    /// precedence.
    /// </summary>
    [Range(2, 10_000)]
    public int MaxConnections { get; set; } = 20;

    /// <summary>
    /// The folder for uploaded files and results; null: with PostgreSQL they are in the database, else in <c>jobs</c> in the gateway's
    /// data folder. Gateways that share their jobs share this folder too, if it is set.
    /// </summary>
    public string? Directory { get; set; }

    /// <summary>The most bytes in an uploaded file.</summary>
    [Range(1024, 1L << 40)]
    public long MaxFileBytes { get; set; } = 200L * 1024 * 1024;

    /// <summary>The most lines in an uploaded file.</summary>
    [Range(1, 10_000_000)]
    public int MaxFileLines { get; set; } = 50_000;

    /// <summary>The most pictures in a job of <c>POST /jobs</c>.</summary>
    [Range(1, 10_000_000)]
    public int MaxPictures { get; set; } = 1_000_000;

    /// <summary>The most bytes that all files of a key may take, results included.</summary>
    [Range(1024, 1L << 50)]
    public long MaxBytesPerKey { get; set; } = 10L * 1024 * 1024 * 1024;

    /// <summary>The most bytes that the files of all keys of an account may take, results included.</summary>
    [Range(1024, 1L << 50)]
    public long MaxBytesPerAccount { get; set; } = 100L * 1024 * 1024 * 1024;

    /// <summary>How long files and ended jobs are kept.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How many items of all jobs this gateway captions at once, at most.</summary>
    [Range(1, 10_000)]
    public int Parallel { get; set; } = 64;

    /// <summary>
    /// How many items a node gets at once from this gateway. A node keeps them waiting while others need it; on a runner that isn't one
    /// of our nodes, each request that somebody waits for takes the places of two.
    /// </summary>
    [Range(1, 10_000)]
    public int ItemsPerNode { get; set; } = 16;

    /// <summary>How often an item is tried again after a failure on our side. One that finds no room waits for it instead.</summary>
    [Range(0, 100)]
    public int Retries { get; set; } = 4;

    /// <summary>How long a job whose budget is spent pauses before it tries again.</summary>
    public TimeSpan BudgetPause { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Hosts that jobs may name in <c>webhook</c>, such as <c>hooks.example.org</c>; <c>*.example.org</c> means any host below it. They
    /// need a public address.
    /// </summary>
    public IList<string> WebhookHosts { get; } = [];

    /// <summary>
    /// How many pictures in a folder or bucket are looked into for a quote, at most. The others count as the largest that is taken.
    /// </summary>
    [Range(0, 10_000_000)]
    public int MaxQuotedHeaders { get; set; } = 10_000;

    /// <summary>The factor for the prices of items: 0.5 means half of what a single request costs.</summary>
    [Range(0, 1000)]
    public decimal PriceFactor { get; set; } = 1;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (
            ConnectionString is { Length: > 0 } given
            && DatabaseConnections.FaultOf(given, $"{Section}:{nameof(ConnectionString)}", "jobs") is { } fault
        )
        {
            yield return new(fault);
        }
    }
}
