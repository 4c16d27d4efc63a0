using System.CommandLine;
using System.Diagnostics;
using ImageToText.Bench.Results;

namespace ImageToText.Bench.Report;

/// <summary>Measures everything and writes docs/performance.md, or writes it from earlier measurements.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var from = new Option<DirectoryInfo?>("--from")
        {
            Description = "Measure nothing; write the document from the results in this folder",
        };
        var only = new Option<string[]>("--only")
        {
            Description = "Measure these commands again and keep the other results",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = static _ => [],
        };
        var document = new Option<FileInfo?>("--document")
        {
            Description = "Where to write the document; its plots go to images/ beside it. Default: docs/performance.md",
        };
        var command = new Command(
            "report",
            "Measures everything (about half an hour) into bench/results and writes docs/performance.md and its plots."
        )
        {
            from,
            only,
            document,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                bool isShort = parsed.GetValue(CommonOptions.Short);
                string results = parsed.GetValue(from)?.FullName ?? Results(parsed, isShort);
                if (
                    parsed.GetValue(from) is null
                    && await MeasureAsync(ReportPlan.Create(isShort), parsed.GetRequiredValue(only), results, isShort, cancellationToken)
                        is { } failed
                )
                {
                    await Console.Error.WriteLineAsync(
                        $"'{failed}' failed: the document is not written. What was measured is in {results}."
                    );
                    return 1;
                }

                string path =
                    parsed.GetValue(document)?.FullName
                    ?? (isShort ? Path.Combine(results, "performance.md") : Path.Combine("docs", "performance.md"));
                try
                {
                    await WriteAsync(results, path, cancellationToken);
                }
                catch (InvalidDataException exception)
                {
                    await Console.Error.WriteLineAsync(exception.Message);
                    return 1;
                }

                Console.WriteLine($"-> {path}");
                return 0;
            }
        );
        return command;
    }

    private static string Results(ParseResult parsed, bool isShort) =>
        parsed.GetResult(CommonOptions.Results) is { Implicit: false } ? parsed.GetRequiredValue(CommonOptions.Results).FullName
        : isShort ? Path.Combine("artifacts", "short")
        : Path.Combine("bench", "results");

    /// <returns>The command that failed; null: none did.</returns>
    private static async Task<string?> MeasureAsync(
        IReadOnlyList<string[]> plan,
        string[] only,
        string results,
        bool isShort,
        CancellationToken cancellationToken
    )
    {
        string[][] chosen = plan.Where(arguments => only.Length == 0 || only.Contains(arguments[0])).ToArray();
        if (chosen.Length == 0)
        {
            throw new InvalidOperationException(
                $"--only {string.Join(' ', only)}: there is {string.Join(", ", plan.Select(static arguments => arguments[0]).Distinct())}."
            );
        }

        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < chosen.Length; i++)
        {
            string line = string.Join(' ', chosen[i]);
            Console.WriteLine($"\n[{i + 1}/{chosen.Length}, {Stopwatch.GetElapsedTime(began):mm\\:ss}] {line}");
            string[] arguments =
            [
                .. chosen[i],
                CommonOptions.Results.Name,
                results,
                .. isShort ? [CommonOptions.Short.Name] : Array.Empty<string>(),
            ];
            using var process = Process.Start(BenchProcess.Start(arguments))!;
            try
            {
                await process.WaitForExitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }

            if (process.ExitCode != 0)
            {
                return line;
            }
        }

        Console.WriteLine($"\nMeasured in {Stopwatch.GetElapsedTime(began):mm\\:ss}.");
        return null;
    }

    private static async Task WriteAsync(string results, string path, CancellationToken cancellationToken)
    {
        var document = PerformanceDocument.Read(results);
        string images = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "images");
        Directory.CreateDirectory(images);
        await File.WriteAllTextAsync(path, document.Render(), cancellationToken);
        foreach (var (name, svg) in document.Plots())
        {
            await File.WriteAllTextAsync(Path.Combine(images, name), svg, cancellationToken);
        }
    }
}
