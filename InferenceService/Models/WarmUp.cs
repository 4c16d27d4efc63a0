namespace ImageToText.InferenceService.Models;

/// <summary>Begins to load the warm models when the node starts; the node answers meanwhile and says that it is loading.</summary>
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
