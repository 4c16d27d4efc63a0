using System.Diagnostics;
using System.Text.RegularExpressions;
using ImageToText.Docs.Tests.Pages;

namespace ImageToText.Docs.Tests.Commands;

/// <summary>A reason to skip a block of the docs: <c>&lt;!-- not run: WORDS --&gt;</c> before the block.</summary>
/// <param name="Words">The reason as the page words it.</param>
/// <param name="Shows">What a block must contain for the reason to apply.</param>
/// <param name="IsHere">Whether the missing thing is here after all. The block must then be tried by hand, and says so.</param>
internal sealed record Reason(string Words, Regex Shows, Func<bool> IsHere)
{
    /// <summary>All reasons.</summary>
    public static IReadOnlyList<Reason> All { get; } =
    [
        new(
            "needs a container engine",
            new(@"\bdocker\b|try-containers|--project AppHost\s*$|\. \./\.env", RegexOptions.Multiline),
            static () => Succeeds("docker", "info")
        ),
        new("needs Aspire's packages", new("--project AppHost"), static () => false),
        new("needs Aspire's publishing packages", new("--project deploy/Publishing"), static () => false),
        new("its processes and ports are those of tests/AppHost.Tests", new("--project AppHost|:8080/"), static () => false),
        new("needs a Redis and a PostgreSQL", new("ConnectionStrings"), static () => false),
        new("needs a container registry", new("PublishContainer"), static () => false),
        new(
            "needs a Kubernetes cluster",
            new(@"\b(helm|kubectl)\b"),
            static () => Succeeds("helm", "version") && Succeeds("kubectl", "cluster-info", "--request-timeout=2s")
        ),
        new("needs Azure", new(@"\b(azd|aspire|az)\b"), static () => Succeeds("azd", "version")),
        new("needs a bucket", new("\"bucket\"|s3://"), static () => false),
        new("needs a GPU", new(@"[Gg]pu|cuda|nvidia"), static () => Succeeds("nvidia-smi")),
        new("needs huggingface_hub", new("huggingface_hub"), static () => Succeeds("python3", "-c", "import huggingface_hub")),
        new("there are no old records", new("usage archive"), static () => false),
        new("needs the public network", new("https://|transformers_expected"), static () => false),
        new("needs transformers 4", new("from transformers import"), static () => Succeeds("python3", "-c", "import transformers")),
        new("needs requests", new("import .*requests"), static () => Succeeds("python3", "-c", "import requests")),
        new("takes minutes", new(@"bench/|tests/|-explicit|pack\.sh|dotnet tool|Gpu=true"), static () => false),
    ];

    public static Reason? Of(CodeBlock block) => All.FirstOrDefault(reason => reason.Words == block.NotRun);

    /// <summary>Whether a program exists and exits with 0.</summary>
    private static bool Succeeds(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
            )!;
            process.OutputDataReceived += static (_, _) => { };
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
