using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace ImageToText.AppHost.Commands;

/// <summary>The dashboard's command that makes a node fetch a model from the hub and load it.</summary>
internal static partial class PullModel
{
    private const string Model = "model";

    /// <summary>Adds the command to the nodes.</summary>
    /// <param name="inference">The nodes.</param>
    /// <param name="nodeToken">Their bearer token.</param>
    public static IResourceBuilder<ProjectResource> WithPullCommand(
        this IResourceBuilder<ProjectResource> inference, IResourceBuilder<ParameterResource> nodeToken) => inference.WithCommand(
        "pull-model",
        "Pull a model",
        context => PullAsync(inference.Resource, nodeToken.Resource, context),
        new CommandOptions
        {
            Description = "Downloads a model from the Hugging Face hub and loads it.",
            IconName = "ArrowDownload",
            Arguments =
            [
                new InteractionInput
                {
                    Name = Model,
                    Label = "Model",
                    InputType = InputType.Text,
                    Placeholder = "Salesforce/blip-image-captioning-base",
                    Required = true,
                },
            ],
            ValidateArguments = context =>
            {
                var model = context.Inputs[Model];
                if (!ModelId().IsMatch(model.Value ?? ""))
                    context.AddValidationError(model, "Write ORG/NAME in letters, digits, '.', '_' and '-'.");
                return Task.CompletedTask;
            },
            UpdateState = context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running
                ? ResourceCommandState.Enabled
                : ResourceCommandState.Disabled,
        });

    private static async Task<ExecuteCommandResult> PullAsync(ProjectResource node, ParameterResource nodeToken, ExecuteCommandContext context)
    {
        var model = context.Arguments[Model].Value!;
        using var client = new HttpClient { BaseAddress = new Uri(node.GetEndpoint("http").Url), Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await nodeToken.GetValueAsync(context.CancellationToken));
        using var answer = await client.PostAsync(new Uri($"/models/{model}/load", UriKind.Relative), content: null, context.CancellationToken);
        return answer.IsSuccessStatusCode
            ? CommandResults.Success($"{model} is loaded.")
            : CommandResults.Failure($"{model}: {await answer.Content.ReadAsStringAsync(context.CancellationToken)}");
    }

    [GeneratedRegex("^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)?$")]
    private static partial Regex ModelId();
}
