using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ImageToText.Packaging.Tests;

/// <summary>The packages as users get them: installed from a feed into an empty folder, and used.</summary>
[Collection(nameof(Packages))]
public sealed partial class InstallationTests(PackageFeed feed, ITestOutputHelper output)
{
    private static readonly string Picture = Path.Combine(Repository.Root, "tests/Fixtures/images/baseline-422.jpg");

    [Fact]
    public async Task The_installed_tool_captions_and_a_program_uses_the_libraries_and_the_tools_service()
    {
        string folder = feed.NewFolder("user");
        File.Copy(Picture, Path.Combine(folder, "picture.jpg"));
        string tool = await InstallAsync(folder);

        string caption = (await Command.RunAsync(folder, tool, ["caption", "picture.jpg"])).Output.Trim();
        Log("imagetotext caption picture.jpg", caption);
        Assert.Equal(ExpectedCaption(), caption);
        Assert.Equal(PackageFeed.Version, (await Command.RunAsync(folder, tool, ["--version"])).Output.Trim());

        // The tool must ignore an unrelated settings file in the folder.
        File.WriteAllText(
            Path.Combine(folder, "appsettings.json"),
            """{ "Kestrel": { "Endpoints": { "World": { "Url": "nonsense" } } } }"""
        );
        using var serving = Command.Start(folder, tool, ["serve", "--port", "0", "--data", Path.Combine(folder, "data")]);
        try
        {
            var errors = serving.StandardError.ReadToEndAsync(CancellationToken.None);
            string address = await AddressAsync(serving, errors);
            string program = await BuildConsumerAsync(folder);
            string starter = Path.Combine(Repository.Root, "models/starter");
            string said = (await Command.RunAsync(folder, "dotnet", ["exec", program, starter, "picture.jpg", address])).Output;
            Log("dotnet exec Consumer.dll", said);
            Assert.Equal(
                ["header: Jpeg 316 x 354", $"engine: {caption}", $"client: {caption}"],
                said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            );
        }
        finally
        {
            serving.Kill(entireProcessTree: true);
            await serving.WaitForExitAsync(CancellationToken.None);
        }

        foreach (string? system in ToolPackageTests.Systems.Where(static system => system != RuntimeInformation.RuntimeIdentifier))
        {
            output.WriteLine($"skipped on {RuntimeInformation.RuntimeIdentifier}: running the tool for {system} (its files are checked)");
        }
    }

    [Fact]
    public async Task A_missing_or_wrong_native_library_gives_one_line_and_exit_code_1()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The library names are those of Linux.");
        string folder = feed.NewFolder("broken");
        File.Copy(Picture, Path.Combine(folder, "picture.jpg"));
        string tool = await InstallAsync(folder);
        (string File, string Name)[] libraries =
        [
            ("libonnxruntime.so", "ONNX Runtime"),
            ("libvips.so.42", "libvips"),
            ("libSkiaSharp.so", "Skia"),
        ];
        foreach (var (file, name) in libraries)
        {
            string library = Directory.EnumerateFiles(folder, file, SearchOption.AllDirectories).Single();
            File.Move(library, library + ".away");
            await RefusedAsync(name, $"{file} was not found", "caption", "picture.jpg");
            await RefusedAsync(name, $"{file} was not found", "serve", "--port", "0", "--data", Path.Combine(folder, "data"));

            File.WriteAllText(library, "not a library of this system");
            await RefusedAsync(name, library, "preview", "picture.jpg", "--output", "seen.png");
            File.Move(library + ".away", library, overwrite: true);
        }

        Assert.Equal(ExpectedCaption(), (await Command.RunAsync(folder, tool, ["caption", "picture.jpg"])).Output.Trim());

        async Task RefusedAsync(string name, string reason, params string[] arguments)
        {
            var ended = await Command.RunAsync(folder, tool, arguments);
            Assert.Equal((1, ""), (ended.Code, ended.Out));
            string line = Assert.Single(ended.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            output.WriteLine(line);
            Assert.StartsWith(
                $"{name} can't be loaded on this system ({RuntimeInformation.RuntimeIdentifier}",
                line,
                StringComparison.Ordinal
            );
            Assert.Contains(reason, line, StringComparison.Ordinal);
            Assert.Contains("linux-x64, linux-arm64, osx-arm64, win-x64, win-arm64", line, StringComparison.Ordinal);
        }
    }

    /// <summary>The starter's caption of the picture with its default beams and penalty.</summary>
    private static string ExpectedCaption()
    {
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "models/starter/expected.json")));
        return expected
            .RootElement.GetProperty("cases")
            .EnumerateArray()
            .Single(static known =>
                known.GetProperty("image").GetString() == Path.GetFileName(Picture)
                && known.GetProperty("num_beams").GetInt32() == 3
                && known.GetProperty("prompt").ValueKind is JsonValueKind.Null
            )
            .GetProperty("text")
            .GetString()!;
    }

    private async Task<string> InstallAsync(string folder)
    {
        var (program, said) = await feed.InstallAsync(folder);
        Log("dotnet tool install ImageToText", said);
        return program;
    }

    private static async Task<string> BuildConsumerAsync(string folder)
    {
        string program = Directory.CreateDirectory(Path.Combine(folder, "program")).FullName;
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Consumer")))
        {
            File.Copy(file, Path.Combine(program, Path.GetFileNameWithoutExtension(file)));
        }

        var built = await Command.RunAsync(program, "dotnet", ["build", "--output", Path.Combine(program, "out"), "-nodeReuse:false"]);
        _ = built.Output;
        HasNativesOfEverySystem(Path.Combine(program, "obj", "project.assets.json"));
        return Path.Combine(program, "out", "Consumer.dll");
    }

    /// <summary>A program that references the library finds every system's native libraries among its dependencies.</summary>
    private static void HasNativesOfEverySystem(string assets)
    {
        using var restored = JsonDocument.Parse(File.ReadAllText(assets));
        var files = restored
            .RootElement.GetProperty("targets")
            .EnumerateObject()
            .First()
            .Value.EnumerateObject()
            .Where(static package => package.Value.TryGetProperty("runtimeTargets", out _))
            .SelectMany(static package => package.Value.GetProperty("runtimeTargets").EnumerateObject())
            .Where(static file => file.Value.GetProperty("assetType").GetString() == "native")
            .Select(static file => (System: file.Value.GetProperty("rid").GetString()!, Name: Path.GetFileName(file.Name)))
            .ToArray();
        Assert.All(
            ToolPackageTests.Systems,
            system =>
                Assert.All(
                    (string[])["onnxruntime", "vips", "SkiaSharp"],
                    library =>
                        Assert.Contains(
                            files,
                            file =>
                                (file.System == system || file.System == system.Split('-')[0])
                                && file.Name.Contains(library, StringComparison.Ordinal)
                        )
                )
        );
    }

    private static async Task<string> AddressAsync(Process serving, Task<string> errors)
    {
        while (await serving.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (Serving().Match(line) is { Success: true } match)
            {
                return match.Groups[1].Value;
            }
        }

        throw new InvalidOperationException(await errors);
    }

    private void Log(string command, string said)
    {
        output.WriteLine($"> {command}");
        output.WriteLine(said.TrimEnd());
    }

    [GeneratedRegex(@"Captions at (http://\S+)")]
    private static partial Regex Serving();
}
