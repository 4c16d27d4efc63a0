using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using ImageToText.Contracts.Ledger;
using ImageToText.ServiceDefaults.Files;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Operators;

/// <summary>usage archive | verify: old records leave the ledger for files, and the files are read again.</summary>
internal sealed class ArchiveCommands(Terminal terminal, CommandRunner run, OperatorCommand operators)
{
    /// <summary>Moves old records into files of the pricing service's archive.</summary>
    public Command Archive()
    {
        var before = Values.Option<DateOnly>(
            "--before",
            "DAY",
            "The first UTC day that stays in the ledger.",
            Day,
            "a day such as 2026-01-01"
        );
        before.Required = true;
        var command = new Command("archive", "Moves old records of the ledger into compressed files beside the pricing service.")
        {
            before,
        };
        operators.Run(
            command,
            async (pricing, parsed, cancellationToken) =>
            {
                while (await pricing.ArchiveLedgerAsync(parsed.GetValue(before)!.Value, cancellationToken) is { } archive)
                {
                    terminal.Out.WriteLine(archive.File);
                    terminal.WriteError(
                        $"{archive.Records} records, cost {archive.CostUsd.Text()} USD, charged {archive.ChargedUsd.Text()} USD."
                    );
                }

                terminal.WriteError("The ledger has no older records.");
            }
        );
        return command;
    }

    /// <summary>Reads archives again.</summary>
    public Command Verify()
    {
        var files = new Argument<FileInfo[]>("FILE")
        {
            Description = "Archives (ledger-*.jsonl.gz), with their checksums beside them.",
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new Command(
            "verify",
            "Reads archives of the ledger, checks them and sums them up. The exit code is 1 if one is damaged."
        )
        {
            files,
        };
        command.SetAction(
            (parsed, _) =>
                run(async cancellationToken =>
                {
                    var listing = new Listing(
                        new Column("FILE"),
                        new Column("FIRST", IsNumber: true),
                        new Column("LAST", IsNumber: true),
                        new Column("RECORDS", IsNumber: true),
                        new Column("COST USD", IsNumber: true),
                        new Column("CHARGED USD", IsNumber: true)
                    );
                    bool isWhole = true;
                    foreach (var file in parsed.GetRequiredValue(files))
                    {
                        try
                        {
                            listing.Add(await ReadAsync(file, cancellationToken));
                        }
                        catch (Exception damage) when (damage is IOException or InvalidDataException or UnauthorizedAccessException)
                        {
                            isWhole = false;
                            terminal.WriteError($"{file.Name}: {damage.Message}");
                        }
                    }

                    listing.Write(terminal);
                    return isWhole ? ExitCode.Success : ExitCode.Failure;
                })
        );
        return command;
    }

    private static async Task<string[]> ReadAsync(FileInfo archive, CancellationToken cancellationToken)
    {
        string checksum =
            WholeFile.ReadText(archive.FullName + ".sha256")?.Split(' ')[0]
            ?? throw new InvalidDataException($"its checksum is missing: put {archive.Name}.sha256 beside it.");
        await using var file = archive.OpenRead();
        if (Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken)) != checksum)
        {
            throw new InvalidDataException("it has changed since it was written: its checksum is another. Take a copy that is whole.");
        }

        file.Position = 0;
        long first = 0;
        long last = 0;
        long records = 0;
        var (cost, charged) = (0m, 0m);
        await foreach (var archived in ArchiveFile.ReadAsync(file, cancellationToken))
        {
            first = records == 0 ? archived.Sequence : first;
            last = archived.Sequence;
            records++;
            cost += archived.Record.CostUsd;
            charged += archived.ChargedUsd;
        }

        return [archive.Name, $"{first}", $"{last}", $"{records}", cost.Text(), charged.Text()];
    }

    private static DateOnly? Day(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
}
