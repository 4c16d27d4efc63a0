using System.Collections.Concurrent;
using ImageToText.Captioning;
using ImageToText.InferenceService.Models;

namespace ImageToText.InferenceService.Tests.Node;

/// <summary>Loads scripted captioners as the test wants.</summary>
internal sealed class ScriptedLoader : ICaptionerLoader
{
    /// <summary>Awaited during each load, with the model's id. May throw.</summary>
    public Func<string, CancellationToken, Task> During { get; set; } = (_, _) => Task.CompletedTask;

    public Func<string, ScriptedCaptioner> Make { get; set; } = id => new ScriptedCaptioner(id);

    /// <summary>Model ids in load order.</summary>
    public ConcurrentQueue<string> Begun { get; } = new();

    public ConcurrentQueue<CaptionerOptions> Options { get; } = new();

    public ConcurrentDictionary<string, ScriptedCaptioner> Captioners { get; } = new();

    public ConcurrentQueue<ScriptedCaptioner> All { get; } = new();

    public async Task<ICaptioner> LoadAsync(string folder, CaptionerOptions options, CancellationToken cancellationToken)
    {
        Begun.Enqueue(options.ModelId!);
        Options.Enqueue(options);
        await During(options.ModelId!, cancellationToken);
        var captioner = Make(options.ModelId!);
        Captioners[options.ModelId!] = captioner;
        All.Enqueue(captioner);
        return captioner;
    }
}
