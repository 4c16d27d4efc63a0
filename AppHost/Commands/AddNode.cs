using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.AppHost.Commands;

/// <summary>The dashboard's command that starts another node.</summary>
internal static class AddNode
{
    /// <summary>
    /// Makes a node that is neither started nor shown until somebody adds it: resources can't be created while the application
    /// runs.
    /// </summary>
    public static IResourceBuilder<ProjectResource> AsSpare(this IResourceBuilder<ProjectResource> node) =>
        node.WithExplicitStart()
            .WithInitialState(
                new CustomResourceSnapshot
                {
                    ResourceType = "Project",
                    Properties = [],
                    IsHidden = true,
                    State = KnownResourceStates.NotStarted,
                }
            );

    /// <summary>Adds the command.</summary>
    /// <param name="node">The resource that shows the command.</param>
    /// <param name="spares">The nodes to start, one after the other.</param>
    public static IResourceBuilder<ProjectResource> WithAddNodeCommand(
        this IResourceBuilder<ProjectResource> node,
        IReadOnlyList<IResourceBuilder<ProjectResource>> spares
    ) =>
        node.WithCommand(
            "add-node",
            "Add a node",
            context => StartAsync(spares, context),
            new CommandOptions
            {
                Description = "Starts another node, which registers itself and takes its share of the captions.",
                IconName = "AddCircle",
                UpdateState = WhileRunning.Enabled,
            }
        );

    private static async Task<ExecuteCommandResult> StartAsync(
        IReadOnlyList<IResourceBuilder<ProjectResource>> spares,
        ExecuteCommandContext context
    )
    {
        var notifications = context.Services.GetRequiredService<ResourceNotificationService>();
        foreach (var spare in spares.Select(static spare => spare.Resource))
        {
            var now = await notifications.WaitForResourceAsync(spare.Name, static _ => true, context.CancellationToken);
            if (
                now.Snapshot.State?.Text is { } state
                && state != KnownResourceStates.NotStarted
                && !KnownResourceStates.TerminalStates.Contains(state)
            )
            {
                continue;
            }

            await notifications.PublishUpdateAsync(spare, static before => before with { IsHidden = false });
            var started = await context
                .Services.GetRequiredService<ResourceCommandService>()
                .ExecuteCommandAsync(spare, KnownResourceCommands.StartCommand, context.CancellationToken);
            return started.Success ? CommandResults.Success($"{spare.Name} starts.") : started;
        }

        return CommandResults.Failure(
            $"All {spares.Count} spare nodes are already running: allow more with --{Deployment.Section}:{nameof(Deployment.MaxReplicas)}."
        );
    }
}
