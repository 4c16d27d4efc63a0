using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageToText.Client.Jobs;
using ImageToText.Contracts;
using ImageToText.Contracts.Jobs;
using ImageToText.ServiceDefaults.Files;
using ImageToText.Standalone.Captions;
using ImageToText.Standalone.Operators;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Jobs;

/// <summary>jobs submit | list | watch | cancel | retry | fetch.</summary>
internal sealed class JobsCommand(Terminal terminal, CommandRunner run)
{
    private const int MostListed = 100;
    private const string BucketScheme = "s3://";

    private readonly ServerOptions _server = new(terminal, forCallers: true);
    private readonly JobWatchRun _watch = new(terminal);

    public Command Create()
    {
        var jobs = new Command("jobs", "Captions many pictures in the background, on a gateway.");
        foreach (var command in (Command[])[Submit(), List(), Watch(), Cancel(), Retry(), Fetch()])
        {
            jobs.Subcommands.Add(command);
        }

        _server.AddTo(jobs);
        return jobs;
    }

    private Command Submit()
    {
        var addresses = new Argument<string[]>("ADDRESS")
        {
            Description =
                "Web addresses of pictures; - reads them from standard input, one on each line. Or one s3://NAME/PREFIX: a bucket that the "
                + "gateway's operator opened, and what the keys of its pictures begin with.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var folder = new Option<string?>("--folder")
        {
            Description = "A folder that the gateway's operator opened, or a path in it, such as photos/2026.",
            HelpName = "NAME",
        };
        var sidecars = new Option<bool>("--sidecar")
        {
            Description = "With a folder or bucket: write a text file beside each picture too.",
        };
        var results = new Option<string?>("--results")
        {
            Description = "With a bucket: write all results into its object with this key at the end.",
            HelpName = "KEY",
        };
        var most = new Option<decimal?>("--max-cost") { Description = "Don't start it if it may cost more USD.", HelpName = "USD" };
        var quotes = new Option<bool>("--quote") { Description = "Say what it will cost, and don't start it." };
        var window = new Option<string?>("--within") { Description = "The time allowed, such as 24h or 7d.", HelpName = "TIME" };
        var model = new Option<string?>("--model") { Description = "The model. Default: the network's.", HelpName = "ID" };
        var watch = new Option<bool>("--watch") { Description = "Wait for the end, and show the progress." };
        CaptionOptionArgument[] options = [.. CaptionOptionTable.All.Select(static option => new CaptionOptionArgument(option))];
        var command = new Command("submit", "Starts a job and prints its id.")
        {
            addresses,
            folder,
            sidecars,
            results,
            most,
            quotes,
            window,
            model,
            watch,
        };
        foreach (var option in options)
        {
            command.Options.Add(option.Option);
        }

        Run(
            command,
            async (gateway, parsed, cancellationToken) =>
            {
                var fields = new JsonObject();
                foreach (var option in options)
                {
                    if (option.ValueIn(parsed) is { } value)
                    {
                        fields[option.Name] = value.DeepClone();
                    }
                }

                if (parsed.GetValue(model) is { } id)
                {
                    fields["model_id"] = id;
                }

                string[] typed = parsed.GetValue(addresses) ?? [];
                var given = Addresses(typed);
                string[]? bucket = BucketOf(given);
                var request = new JobRequest
                {
                    Addresses = bucket is null && given.Count > 0 ? given : null,
                    Bucket = bucket?[0],
                    Prefix = bucket?.ElementAtOrDefault(1),
                    ResultsKey = parsed.GetValue(results),
                    MaxCostUsd = parsed.GetValue(most),
                    Folder = parsed.GetValue(folder),
                    Sidecars = parsed.GetValue(sidecars),
                    CompletionWindow = parsed.GetValue(window),
                    Fields = fields,
                };
                if (parsed.GetValue(quotes))
                {
                    Show(await gateway.AskAsync(client => client.Jobs.QuoteAsync(request, cancellationToken)), parsed);
                    return ExitCode.Success;
                }

                var job = await gateway.AskAsync(client => client.Jobs.SubmitAsync(request, cancellationToken));
                return await StartedAsync(gateway, job, parsed, parsed.GetValue(watch), cancellationToken);
            }
        );
        return command;
    }

    private Command List()
    {
        var command = new Command("list", "Lists the key's jobs, newest first.");
        Run(
            command,
            async (gateway, parsed, cancellationToken) =>
            {
                var list = await gateway.AskAsync(async client =>
                    await client.Jobs.ListAsync(cancellationToken).Take(MostListed + 1).ToListAsync(cancellationToken)
                );
                var listing = new Listing(
                    "JOB",
                    "STATUS",
                    Number("PICTURES"),
                    Number("CAPTIONED"),
                    Number("FAILED"),
                    Number("USD"),
                    "CREATED"
                );
                foreach (var job in list.Take(MostListed))
                {
                    if (_server.WantsJson(parsed))
                    {
                        WriteJson(job);
                    }

                    listing.Add(
                        job.Id,
                        job.Pause is null ? job.Status : "paused",
                        $"{job.Pictures.Total}",
                        $"{job.Pictures.Captioned}",
                        $"{job.Pictures.Failed}",
                        job.CostUsd.Text(),
                        job.CreatedAt.Text()
                    );
                }

                if (!_server.WantsJson(parsed))
                {
                    listing.Write(terminal);
                }

                if (list.Count > MostListed)
                {
                    terminal.WriteError($"These are the newest {MostListed} jobs; there are more.");
                }

                return ExitCode.Success;
            }
        );
        return command;
    }

    private Command Watch()
    {
        var id = Id();
        var command = new Command("watch", "Follows a job to its end. The exit code is 1 if not every picture got a caption.") { id };
        Run(command, (gateway, parsed, cancellationToken) => WatchAsync(gateway, parsed.GetValue(id)!, parsed, cancellationToken));
        return command;
    }

    private Command Cancel()
    {
        var id = Id();
        var command = new Command("cancel", "Cancels a job. What was done stays, and is charged.") { id };
        Run(
            command,
            async (gateway, parsed, cancellationToken) =>
            {
                var job = await gateway.AskAsync(client => client.Jobs.CancelAsync(parsed.GetValue(id)!, cancellationToken));
                Show(job, parsed);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private Command Retry()
    {
        var id = Id();
        var watch = new Option<bool>("--watch") { Description = "Wait for the end, and show the progress." };
        var command = new Command("retry", "Starts a job with the pictures that another one left without a caption.") { id, watch };
        Run(
            command,
            async (gateway, parsed, cancellationToken) =>
            {
                var job = await gateway.AskAsync(client => client.Jobs.RetryAsync(parsed.GetValue(id)!, cancellationToken));
                return await StartedAsync(gateway, job, parsed, parsed.GetValue(watch), cancellationToken);
            }
        );
        return command;
    }

    private Command Fetch()
    {
        var id = Id();
        var output = new Option<string?>("--output", "-o")
        {
            Description = "The file to write. Default: standard output.",
            HelpName = "FILE",
        };
        var command = new Command("fetch", "Writes a job's results as JSON lines: captions first, then failures.") { id, output };
        Run(
            command,
            (gateway, parsed, cancellationToken) =>
                gateway.AskAsync(async client =>
                {
                    string job = parsed.GetValue(id)!;
                    var info = await client.Jobs.GetAsync(job, cancellationToken);
                    if (parsed.GetValue(output) is { } path)
                    {
                        await WholeFile.WriteAsync(path, file => client.Jobs.CopyResultsAsync(job, file, cancellationToken));
                        terminal.WriteError($"{path} is written.");
                    }
                    else
                    {
                        await using var standard = terminal.OpenOutput();
                        await client.Jobs.CopyResultsAsync(job, standard, cancellationToken);
                    }

                    if (info.EndedAt is null)
                    {
                        terminal.WriteError($"{job} has not ended: these are its results so far. {JobProgressLine.Of(info)}");
                    }

                    return ExitCode.Success;
                })
        );
        return command;
    }

    private static Argument<string> Id() => new("JOB") { Description = "The job's id." };

    private static Column Number(string heading) => new(heading, IsNumber: true);

    /// <summary>The bucket's name and the prefix, if that is what the addresses are; null: they are web addresses.</summary>
    private static string[]? BucketOf(List<string> given)
    {
        if (given.Find(static address => address.StartsWith(BucketScheme, StringComparison.OrdinalIgnoreCase)) is not { } bucket)
        {
            return null;
        }

        return given.Count == 1
            ? bucket[BucketScheme.Length..].Split('/', 2)
            : throw new CommandException(
                $"'{bucket}' stands beside other addresses, but a job has one bucket or web addresses: start a job for each.",
                ExitCode.Usage
            );
    }

    private List<string> Addresses(string[] typed)
    {
        var addresses = new List<string>();
        foreach (string address in typed)
        {
            if (address != "-")
            {
                addresses.Add(address);
                continue;
            }

            using var input = new StreamReader(terminal.OpenInput());
            while (input.ReadLine() is { } line)
            {
                if (line.Trim() is { Length: > 0 } one)
                {
                    addresses.Add(one);
                }
            }
        }

        return addresses;
    }

    private async Task<int> StartedAsync(
        GatewayAccess gateway,
        JobInfo job,
        ParseResult parsed,
        bool watches,
        CancellationToken cancellationToken
    )
    {
        if (_server.WantsJson(parsed) && !watches)
        {
            WriteJson(job);
        }
        else if (!_server.WantsJson(parsed))
        {
            terminal.WriteLine(job.Id);
        }

        return watches ? await WatchAsync(gateway, job.Id, parsed, cancellationToken) : ExitCode.Success;
    }

    private async Task<int> WatchAsync(GatewayAccess gateway, string id, ParseResult parsed, CancellationToken cancellationToken)
    {
        var job = await _watch.RunAsync(gateway, id, cancellationToken);
        Show(job, parsed);
        return job.Pictures.Captioned == job.Pictures.Total ? ExitCode.Success : ExitCode.Failure;
    }

    private void Show(JobQuote quote, ParseResult parsed)
    {
        if (_server.WantsJson(parsed))
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(quote, GatewayApiJson.Default.JobQuote));
            return;
        }

        string bounded =
            quote.Bounded == 0
                ? ""
                : string.Create(CultureInfo.InvariantCulture, $"; {quote.Bounded:N0} of them count as the largest that is taken");
        terminal.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{quote.Pictures:N0} pictures, {quote.LeastUsd.Text()} to {quote.MostUsd.Text()} USD{bounded}"
            )
        );
    }

    private void Show(JobInfo job, ParseResult parsed)
    {
        if (_server.WantsJson(parsed))
        {
            WriteJson(job);
            return;
        }

        terminal.WriteError(JobProgressLine.Of(job));
        if (JobProgressLine.Failures(job) is { } failures)
        {
            terminal.WriteError(failures);
        }
    }

    // This bypasses the screen, which would break long lines.
    private void WriteJson(JobInfo job) => terminal.Out.WriteLine(JsonSerializer.Serialize(job, GatewayApiJson.Default.JobInfo));

    private void Run(Command command, Func<GatewayAccess, ParseResult, CancellationToken, Task<int>> act) =>
        command.SetAction((parsed, _) => run(cancellationToken => act(_server.FindGateway(parsed), parsed, cancellationToken)));
}
