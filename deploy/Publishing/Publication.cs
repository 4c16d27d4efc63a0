using Aspire.Hosting.Pipelines;
using ImageToText.AppHost;

namespace ImageToText.Publishing;

/// <summary>The files of one target, written from the model that <c>AppHost</c> runs.</summary>
internal static class Publication
{
    private const string LastStep = "everything-is-written";

    /// <summary>Writes the files.</summary>
    /// <param name="args">The command line: <c>--output-path</c>, <c>--Deployment:…</c>.</param>
    /// <param name="publish">Adds to the model what the target needs.</param>
    /// <returns>The exit code: 1 if something was not written; the console has the reason.</returns>
    public static async Task<int> WriteAsync(string[] args, Action<IDistributedApplicationBuilder, Services> publish)
    {
        try
        {
            var builder = DistributedApplication.CreateBuilder(["--operation", "publish", .. args, "--step", LastStep]);
            publish(builder, builder.AddCaptioningNetwork());

            // A pipeline that fails says so only on the console and still ends with success. Only this last step knows better.
            bool written = false;
            builder.Pipeline.AddStep(
                LastStep,
                _ =>
                {
                    written = true;
                    return Task.CompletedTask;
                },
                dependsOn: WellKnownPipelineSteps.Publish
            );
            await using var app = builder.Build();
            await app.RunAsync();
            return written ? 0 : 1;
        }
        catch (Exception failure) when (DeploymentException.In(failure) is { } refused)
        {
            await Console.Error.WriteLineAsync(refused.Message);
            return 1;
        }
    }
}
