using System.Text.Json;
using System.Text.RegularExpressions;
using ImageToText.Docs.Tests.Pages;

namespace ImageToText.Docs.Tests.Commands;

/// <summary>Runs all blocks of a page, from first to last.</summary>
internal sealed partial class PageRun(DocPage page, IReadOnlyDictionary<string, string> variables, CancellationToken cancellationToken)
    : IAsyncDisposable
{
    private const string Address = "localhost:8080";
    private const string Serve = "dotnet run --project Standalone";

    private readonly Workplace _workplace = new(variables);
    private readonly List<string> _skipped = [];
    private CommandResult? _last;
    private string _program = "";

    /// <summary>Runs the page.</summary>
    /// <returns>What could not run here although it is not marked.</returns>
    public async Task<IReadOnlyList<string>> RunAsync()
    {
        var running = page.Blocks.Where(static block => block.NotRun is null).ToList();
        int first = running.FindIndex(static block => block.Code.Contains(Address, StringComparison.Ordinal));
        if (first >= 0 && !running.Take(first + 1).Any(static block => StartsService(block.Code)))
        {
            // The page assumes a running service, started as in README.
            Succeeded(await _workplace.RunAsync(Serve, cancellationToken), "the service", 0);
        }

        foreach (var block in running)
        {
            await RunAsync(block);
        }

        Succeeded(await _workplace.EndServiceAsync(cancellationToken), $"{page.Path}: ending the service", 0);
        return _skipped;
    }

    public ValueTask DisposeAsync() => _workplace.DisposeAsync();

    private static bool StartsService(string code) => ServeCommand().IsMatch(code);

    private async Task RunAsync(CodeBlock block)
    {
        if (block.IsOutput)
        {
            if (_last is not null)
            {
                AssertOutput(block, _last.Out);
            }

            return;
        }

        switch (block.Language)
        {
            case "bash" when block.Code.Contains("pg_", StringComparison.Ordinal) && !variables.ContainsKey("PGHOST"):
                _skipped.Add($"{block}: PostgreSQL is not installed.");
                _last = null;
                break;
            case "bash":
                _last = await _workplace.RunAsync(block.Code, cancellationToken);
                Succeeded(_last, block.ToString(), block.ExitCode);
                break;
            case "js" or "javascript":
                await RunNodeAsync(block);
                break;
            case "python":
                _last = await _workplace.RunAsync($"python3 - <<'END'\n{block.Code}\nEND", cancellationToken);
                Succeeded(_last, block.ToString(), 0);
                break;
            case "csharp":
                await RunCSharpAsync(block);
                break;
            case "json":
                using (JsonDocument.Parse(block.Code)) { }

                break;
            case "text" or "yaml" or "http":
                break;
            default:
                Assert.Fail(
                    $"{block}: '{block.Language}' isn't a language that these tests know: use bash, js, python, csharp, json, "
                        + $"yaml, http, or text for blocks that don't run."
                );
                break;
        }
    }

    private async Task RunNodeAsync(CodeBlock block)
    {
        string modules = WorkingCopy.PathOf("tests/Clients/node_modules");
        if (!Directory.Exists(modules))
        {
            _skipped.Add($"{block}: the clients aren't installed. Run 'npm ci' in tests/Clients.");
            return;
        }

        if (!Directory.Exists(Path.Combine(_workplace.Copy, "node_modules")))
        {
            Directory.CreateSymbolicLink(Path.Combine(_workplace.Copy, "node_modules"), modules);
        }

        _last = await _workplace.RunAsync($"cat > example.mjs <<'END'\n{block.Code}\nEND\nnode example.mjs", cancellationToken);
        Succeeded(_last, block.ToString(), 0);
    }

    private async Task RunCSharpAsync(CodeBlock block)
    {
        if (ProductNamespace().Match(block.Code) is { Success: true } inside)
        {
            // Code for the product itself sees internals, as that project's tests do.
            string library = Path.Combine(_workplace.Copy, $"ImageToText.{inside.Groups[1].Value}.Tests.dll");
            await CSharpBlocks.CompileAsync(block, block.Code, library, inProduct: true, cancellationToken);
            return;
        }

        // Next to the tests' own assemblies, which it references. Its working folder is the copy.
        string name = $"Docs{Path.GetFileNameWithoutExtension(page.Path).Replace("-", "", StringComparison.Ordinal)}{block.Index}";
        string file = Path.Combine(AppContext.BaseDirectory, name + ".dll");
        try
        {
            _program = block.Continues ? _program + "\n" + block.Code : block.Code;
            var usings = UsingDirective().Matches(_program).Select(static match => match.Value).Distinct(StringComparer.Ordinal);
            string code = string.Join('\n', usings) + "\n" + UsingDirective().Replace(_program, "");
            if (await CSharpBlocks.CompileAsync(block, _workplace.Here(code), file, inProduct: false, cancellationToken))
            {
                string tests = Path.Combine(AppContext.BaseDirectory, "ImageToText.Docs.Tests");
                _last = await _workplace.RunAsync(
                    $"dotnet exec --depsfile '{tests}.deps.json' --runtimeconfig '{tests}.runtimeconfig.json' '{file}'",
                    cancellationToken
                );
                Succeeded(_last, block.ToString(), 0);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void Succeeded(CommandResult result, string what, int code) =>
        Assert.True(result.Code == code, $"{what} ended with {result.Code}, not {code}.\n{result.Error}\n{result.Out}");

    /// <summary>Compares word by word. "…" matches anything.</summary>
    private static void AssertOutput(CodeBlock block, string output)
    {
        string expected =
            "^"
            + string.Join(@"\s+", Spaces().Split(block.Code.Trim()).Select(Regex.Escape)).Replace("…", ".*?", StringComparison.Ordinal)
            + "$";
        Assert.True(
            Regex.IsMatch(output.Trim(), expected, RegexOptions.Singleline),
            $"{block} shows different output from the command before it:\n{output}"
        );
    }

    [GeneratedRegex(
        @"^\s*namespace ImageToText\.(Gateway|InferenceService|PricingService|Captioning|Standalone)\b",
        RegexOptions.Multiline
    )]
    private static partial Regex ProductNamespace();

    [GeneratedRegex(@"^using [\w.]+;\s*?$", RegexOptions.Multiline)]
    private static partial Regex UsingDirective();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"^\s*dotnet run --project Standalone( -- (serve\b|-).*)?\s*(&\s*)?$", RegexOptions.Multiline)]
    private static partial Regex ServeCommand();
}
