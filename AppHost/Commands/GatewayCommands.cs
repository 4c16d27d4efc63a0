using System.Text.Json.Nodes;

namespace ImageToText.AppHost.Commands;

/// <summary>The dashboard's commands on the gateway: make an API key, clear the cache.</summary>
internal static class GatewayCommands
{
    private const string Name = "name";

    public static IResourceBuilder<ProjectResource> WithGatewayCommands(
        this IResourceBuilder<ProjectResource> gateway,
        OperatorClient operators
    ) =>
        gateway
            .WithCommand(
                "make-key",
                "Make an API key",
                context => MakeKeyAsync(operators, context),
                new CommandOptions
                {
                    Description = "Makes a key for captions and shows it once.",
                    IconName = "Key",
                    Arguments =
                    [
                        new InteractionInput
                        {
                            Name = Name,
                            Label = "Name",
                            InputType = InputType.Text,
                            Value = "developer",
                            Required = true,
                        },
                    ],
                    UpdateState = WhileRunning.Enabled,
                }
            )
            .WithCommand(
                "clear-cache",
                "Clear the cache",
                context => ClearCacheAsync(operators, context.CancellationToken),
                new CommandOptions
                {
                    Description = "Deletes every cached caption. Pictures are then captioned, and charged, again.",
                    ConfirmationMessage = "Delete every cached caption?",
                    IconName = "Delete",
                    UpdateState = WhileRunning.Enabled,
                }
            );

    private static async Task<ExecuteCommandResult> MakeKeyAsync(OperatorClient operators, ExecuteCommandContext context)
    {
        string name = context.Arguments[Name].Value ?? "";
        var answer = await operators.SendAsync(
            HttpMethod.Post,
            "/operations/keys",
            new JsonObject { ["name"] = name },
            context.CancellationToken
        );
        return answer.Refusal is { } refusal
            ? CommandResults.Failure(refusal)
            : CommandResults.Success(
                $"The key '{name}' is shown only now: keep it.",
                (string)answer.Json!["secret"]!,
                CommandResultFormat.Text,
                displayImmediately: true
            );
    }

    private static async Task<ExecuteCommandResult> ClearCacheAsync(OperatorClient operators, CancellationToken cancellationToken)
    {
        var answer = await operators.SendAsync(HttpMethod.Delete, "/cache", null, cancellationToken);
        return answer.Refusal is { } refusal
            ? CommandResults.Failure(refusal)
            : CommandResults.Success($"The cache is clear: {(long)answer.Json!["purged"]!} captions were deleted.");
    }
}
