namespace ImageToText.AppHost.Running;

/// <summary>Gives the nodes the chosen model.</summary>
internal static class ModelChoices
{
    /// <summary>
    /// Reads the parameter and makes the nodes load its model. A model from the hub is downloaded before they start.
    /// </summary>
    public static void WithModel(
        this Services services,
        IReadOnlyList<IResourceBuilder<ProjectResource>> furtherNodes,
        IResourceBuilder<ParameterResource> hubToken
    )
    {
        var builder = services.Inference.ApplicationBuilder;
        var parameter = builder
            .AddSetting("model", ModelChoice.Starter)
            .WithDescription(
                "The model for requests that name none: `starter`, a folder, or `ORG/NAME` on the Hugging Face hub. A "
                    + "change takes effect at the next start.",
                enableMarkdown: true
            );
        var choice = ModelChoice.Read(
            builder.Configuration[$"Parameters:{parameter.Resource.Name}"] ?? ModelChoice.Starter,
            builder.AppHostDirectory
        );
        if (choice.IsStarter)
        {
            return;
        }

        services.Pricing.WithEnvironment("Pricing__Registry__DefaultModelId", choice.Id);
        var download = choice.IsOfHub
            ? builder
                .AddProject<Projects.Standalone>("model-download", launchProfileName: null)
                .WithArgs("models", "pull", choice.Id)
                .WithEnvironment("HF_TOKEN", hubToken)
            : null;
        foreach (var node in furtherNodes.Prepend(services.Inference))
        {
            node.WithEnvironment("Inference__Models__0__Id", choice.Id);
            if (choice.Folder is not null)
            {
                node.WithEnvironment("Inference__Models__0__Folder", choice.Folder);
            }

            if (download is not null)
            {
                node.WaitForCompletion(download);
            }
        }
    }
}
