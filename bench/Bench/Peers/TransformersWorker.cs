using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace ImageToText.Bench.Peers;

/// <summary>transformers in its own process. It captions when told to, in turn with the product.</summary>
internal sealed class TransformersWorker : IDisposable
{
    private static readonly string[] BrainOnly = ["bf16"];

    private readonly Process _process;

    private TransformersWorker(Process process, string versions)
    {
        _process = process;
        Versions = versions;
    }

    /// <summary>The versions that it runs.</summary>
    public string Versions { get; }

    /// <summary>Starts it.</summary>
    /// <param name="python">The Python program.</param>
    /// <param name="script">What it runs: transformers_captions.py, or a script with the same protocol.</param>
    /// <param name="folder">The model folder.</param>
    /// <param name="picture">The picture.</param>
    /// <param name="device">Where it runs: cpu (f32 and bf16) or cuda (f16).</param>
    /// <param name="brainOnly">Whether it loads bf16 alone on the processor.</param>
    /// <returns>The process, or why there is none.</returns>
    public static (TransformersWorker? Worker, string Why) Start(
        string python,
        string script,
        string folder,
        string picture,
        string device = "cpu",
        bool brainOnly = false
    )
    {
        Process process;
        try
        {
            process = Process.Start(
                new ProcessStartInfo(
                    python,
                    [script, folder, picture, $"{Environment.ProcessorCount}", device, .. brainOnly ? BrainOnly : []]
                )
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                }
            )!;
        }
        catch (Win32Exception missing)
        {
            return (null, $"{python} does not start: {missing.Message}");
        }

        var first = Read(process);
        if ((string?)first?["versions"] is { } versions)
        {
            return (new TransformersWorker(process, versions), versions);
        }

        process.WaitForExit();
        process.Dispose();
        return (null, (string?)first?["error"] ?? $"{python} ended without a word");
    }

    /// <summary>Captions the picture once.</summary>
    /// <returns>Milliseconds.</returns>
    public double Caption(string precision, int beams, int tokens, int batch = 1)
    {
        var ask = new JsonObject
        {
            ["precision"] = precision,
            ["beams"] = beams,
            ["tokens"] = tokens,
            ["batch"] = batch,
        };
        _process.StandardInput.WriteLine(ask.ToJsonString());
        _process.StandardInput.Flush();
        return (double?)Read(_process)?["ms"]
            ?? throw new InvalidOperationException($"transformers ended in the middle of a caption ({precision}, {beams} beams).");
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static JsonNode? Read(Process process) =>
        process.StandardOutput.ReadLine() is { Length: > 0 } line ? JsonNode.Parse(line) : null;
}
