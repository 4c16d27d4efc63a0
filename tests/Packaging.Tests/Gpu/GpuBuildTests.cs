using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ImageToText.Packaging.Tests.Gpu;

/// <summary>The GPU build, on a machine without a GPU. `.ci/run` makes the build first. Without it, the tests are skipped.</summary>
public sealed partial class GpuBuildTests(ITestOutputHelper output)
{
    private static readonly string Build = Path.Combine(Repository.Root, "artifacts/gpu/bin/Standalone/debug");
    private static readonly string Picture = Path.Combine(Repository.Root, "samples/cat.png");

    [Fact]
    public void It_uses_the_gpu_package_and_shares_no_folder_with_the_normal_build()
    {
        NeedsBuild();
        Assert.True(File.Exists(Native("libonnxruntime_providers_cuda.so")));
        Assert.False(File.Exists(Path.Combine(Repository.Root, "Standalone/obj/packages.gpu.lock.json")));
        Assert.DoesNotContain("Microsoft.ML.OnnxRuntime.Gpu/", Restored("Captioning/obj"), StringComparison.OrdinalIgnoreCase);
        // Both systems have it through the same line of the project.
        string packages = Restored("artifacts/gpu/obj/Captioning");
        Assert.Contains("Microsoft.ML.OnnxRuntime.Gpu.Linux/", packages, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Microsoft.ML.OnnxRuntime.Gpu.Windows/", packages, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_node_falls_back_to_the_cpu_with_one_warning_and_captions()
    {
        NeedsBuild();
        using var folder = new Scratch();
        using var node = Command.Start(
            folder.Path,
            "dotnet",
            [
                "exec",
                Path.Combine(Build, "ImageToText.InferenceService.dll"),
                "--urls=http://127.0.0.1:0",
                $"--Inference:StarterFolder={Path.Combine(Repository.Root, "models/starter")}",
                "--ServiceDefaults:Telemetry=false",
            ],
            Environment(folder)
        );
        var lines = new List<string>();
        var errors = node.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            var address = await AddressAsync(node, lines, errors);
            var said = Task.Run(
                async () =>
                {
                    while (await node.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
                    {
                        lines.Add(line);
                    }
                },
                CancellationToken.None
            );
            using var http = new HttpClient { BaseAddress = address };
            using var picture = new ByteArrayContent(await File.ReadAllBytesAsync(Picture, Cancelled));
            using var form = new MultipartFormDataContent { { picture, "image", "cat.png" } };
            using var answer = await http.PostAsync(new Uri("/image-to-text", UriKind.Relative), form, Cancelled);
            string text = await answer.Content.ReadAsStringAsync(Cancelled);
            Assert.True(answer.IsSuccessStatusCode, text);
            Assert.Contains("cat", text, StringComparison.Ordinal);
            output.WriteLine(text);
            node.Kill(entireProcessTree: true);
            await said;
        }
        finally
        {
            if (!node.HasExited)
            {
                node.Kill(entireProcessTree: true);
            }
        }

        string all = string.Join('\n', lines) + await errors;
        output.WriteLine(all);
        Assert.Single(OnTheCpu().Matches(all));
        Assert.Single(Warnings().Matches(all));
        // It names the missing library or device, and nothing internal to the engine.
        Assert.Matches("Running on the CPU: (Failed to load .*lib[a-zA-Z_]+\\.so|CUDA)", all);
        Assert.Equal("", (await errors).Trim());
    }

    [Theory]
    [InlineData("ImageToText.Standalone.dll", "serve", "--port", "0", "--data", "data", "--provider", "cuda")]
    [InlineData("ImageToText.Standalone.dll", "caption", "PICTURE", "--provider", "cuda")]
    [InlineData("ImageToText.InferenceService.dll", "--urls=http://127.0.0.1:0", "--Inference:Provider=cuda")]
    public async Task Requiring_cuda_ends_with_1_and_names_the_library(string program, params string[] arguments)
    {
        NeedsBuild();
        using var folder = new Scratch();
        var given = arguments.Select(static argument => argument == "PICTURE" ? Picture : argument);
        string[] line = ["exec", Path.Combine(Build, program), .. given];
        var ended = await Command.RunAsync(folder.Path, "dotnet", line, Environment(folder));
        output.WriteLine(ended.Error);
        Assert.Equal(1, ended.Code);
        Assert.Equal("", ended.Out);
        string said = Assert.Single(ended.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Matches(@"^CUDA was requested and does not work here: (Failed to load .*lib\w+\.so|CUDA)", said);
        Assert.Contains("choose the CPU", said, StringComparison.Ordinal);
    }

    [Fact]
    public void One_property_builds_it_for_linux_and_windows()
    {
        var project = XDocument.Load(Path.Combine(Repository.Root, "Captioning/Captioning.csproj"));
        var references = project
            .Descendants("PackageReference")
            .ToDictionary(
                static reference => reference.Attribute("Include")!.Value,
                static reference => reference.Attribute("Condition")?.Value
            );
        Assert.Equal("'$(Gpu)' == 'true'", references["Microsoft.ML.OnnxRuntime.Gpu"]);
        Assert.Equal("'$(Gpu)' != 'true'", references["Microsoft.ML.OnnxRuntime"]);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static string Restored(string folder) => File.ReadAllText(Path.Combine(Repository.Root, folder, "project.assets.json"));

    private static string Native(string name) => Path.Combine(Build, "runtimes/linux-x64/native", name);

    private static void NeedsBuild()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "This runs only on Linux.");
        Assert.SkipUnless(
            File.Exists(Path.Combine(Build, "ImageToText.Standalone.dll")),
            "There is no GPU build here: make one with 'dotnet build Standalone -p:Gpu=true'."
        );
    }

    // Hide this machine's GPU, because the tests are about a machine without one.
    private static Dictionary<string, string> Environment(Scratch folder) =>
        new()
        {
            ["CUDA_VISIBLE_DEVICES"] = "-1",
            ["HF_HOME"] = folder.Path,
            ["XDG_DATA_HOME"] = folder.Path,
        };

    private static async Task<Uri> AddressAsync(Process node, List<string> lines, Task<string> errors)
    {
        while (await node.StandardOutput.ReadLineAsync(Cancelled) is { } line)
        {
            lines.Add(line);
            if (Listening().Match(line) is { Success: true } match)
            {
                return new Uri(match.Groups[1].Value);
            }
        }

        throw new InvalidOperationException(string.Join('\n', lines) + await errors);
    }

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex Listening();

    [GeneratedRegex("Running on the CPU: ")]
    private static partial Regex OnTheCpu();

    [GeneratedRegex("^warn: ", RegexOptions.Multiline)]
    private static partial Regex Warnings();

    private sealed class Scratch : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("imagetotext-gpu-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
