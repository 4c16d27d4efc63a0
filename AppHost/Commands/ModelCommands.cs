using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ImageToText.AppHost.Commands;

/// <summary>The dashboard's commands that load and unload a model, on every node.</summary>
internal static partial class ModelCommands
{
    private const string Model = "model";

    public static IResourceBuilder<ProjectResource> WithModelCommands(
        this IResourceBuilder<ProjectResource> node,
        OperatorClient operators
    ) =>
        node.WithCommand(
                "load-model",
                "Load a model",
                context => LoadAsync(operators, context),
                Options(
                    "Loads a model on every node. If it is not on this machine, it is first downloaded from the "
                        + "Hugging Face hub and tried.",
                    "ArrowDownload"
                )
            )
            .WithCommand(
                "unload-model",
                "Unload a model",
                context => UnloadAsync(operators, context),
                Options("Unloads a model on every node once its captions under way have ended.", "ArrowEject")
            );

    private static CommandOptions Options(string description, string icon) =>
        new()
        {
            Description = description,
            IconName = icon,
            Arguments =
            [
                new InteractionInput
                {
                    Name = Model,
                    Label = "Model",
                    InputType = InputType.Text,
                    Placeholder = "Salesforce/blip-image-captioning-large",
                    Required = true,
                },
            ],
            ValidateArguments = context =>
            {
                var model = context.Inputs[Model];
                if (!ModelId().IsMatch(model.Value ?? ""))
                {
                    context.AddValidationError(model, "Write NAME or ORG/NAME in letters, digits, '.', '_' and '-'.");
                }

                return Task.CompletedTask;
            },
            UpdateState = WhileRunning.Enabled,
        };

    private static async Task<ExecuteCommandResult> LoadAsync(OperatorClient operators, ExecuteCommandContext context)
    {
        string model = context.Arguments[Model].Value!;
        var (done, refusals, statuses) = await OnEveryNodeAsync(operators, "load", model, context.CancellationToken);
        if (!model.Contains('/', StringComparison.Ordinal) || !statuses.Contains((int)HttpStatusCode.NotFound))
        {
            return Result($"{model} is loaded on {string.Join(", ", done)}.", refusals);
        }

        var requested = await operators.SendAsync(
            HttpMethod.Post,
            "/operations/models/requests",
            new JsonObject { ["model_id"] = model },
            context.CancellationToken
        );
        return requested.Refusal is { } refusal
            ? CommandResults.Failure(refusal)
            : CommandResults.Success(
                $"{model} is not on this machine yet, so a node downloads and tries it. The operations page shows the "
                    + "progress under Models."
            );
    }

    private static async Task<ExecuteCommandResult> UnloadAsync(OperatorClient operators, ExecuteCommandContext context)
    {
        string model = context.Arguments[Model].Value!;
        var (done, refusals, _) = await OnEveryNodeAsync(operators, "unload", model, context.CancellationToken);
        return Result($"{model} is unloaded on {string.Join(", ", done)}.", refusals);
    }

    private static async Task<(List<string> Done, List<string> Refusals, List<int> Statuses)> OnEveryNodeAsync(
        OperatorClient operators,
        string change,
        string model,
        CancellationToken cancellationToken
    )
    {
        var nodes = await operators.SendAsync(HttpMethod.Get, "/operations/nodes", null, cancellationToken);
        if (nodes.Refusal is { } unknown)
        {
            return ([], [unknown], [nodes.Status]);
        }

        List<string> done = [];
        List<string> refusals = [];
        List<int> statuses = [];
        foreach (string? id in nodes.Json!.AsArray().Select(static node => (string)node!["node_id"]!))
        {
            var answer = await operators.SendAsync(
                HttpMethod.Post,
                $"/operations/nodes/{Uri.EscapeDataString(id)}/models/{change}",
                new JsonObject { ["model_id"] = model },
                cancellationToken
            );
            statuses.Add(answer.Status);
            if (answer.Refusal is { } refusal)
            {
                refusals.Add($"{id}: {refusal}");
            }
            else
            {
                done.Add(id);
            }
        }

        if (statuses.Count == 0)
        {
            refusals.Add("No node has registered yet.");
        }

        return (done, refusals, statuses);
    }

    private static ExecuteCommandResult Result(string success, List<string> refusals) =>
        refusals.Count == 0 ? CommandResults.Success(success) : CommandResults.Failure(string.Join(Environment.NewLine, refusals));

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)?\z")]
    private static partial Regex ModelId();
}
