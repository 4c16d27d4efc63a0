namespace ImageToText.InferenceService.Models;

/// <summary>
/// Starts to load the warm models when the node starts. Meanwhile the node answers, and reports that it is loading.
/// </summary>
internal sealed class WarmUp(ModelStore models) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (string id in models.WarmModels())
        {
            models.BeginLoad(id);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
