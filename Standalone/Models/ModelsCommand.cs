using System.CommandLine;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Models;

/// <summary>models list | pull | check | compare | remove.</summary>
internal sealed class ModelsCommand(Engine engine, Terminal terminal, CommandRunner run)
{
    /// <summary>The command.</summary>
    /// <param name="compare">Its part that compares models.</param>
    public Command Create(Command compare) =>
        new("models", "Lists, downloads, checks, compares and removes models.")
        {
            List(),
            Pull(),
            new CheckCommand(engine, terminal, run).Create(),
            compare,
            Remove(),
        };

    private Command List()
    {
        var json = new Option<bool>("--json") { Description = "Write one JSON object per model, one per line." };
        var command = new Command("list", "Lists the models on this machine.") { json };
        command.SetAction((parsed, _) => run(_ => Task.FromResult(new ModelList(terminal).Write(parsed.GetValue(json)))));
        return command;
    }

    private Command Pull()
    {
        var model = new Argument<string>("ORG/NAME[@REVISION]")
        {
            Description = "The model's name on the hub; a branch, tag or commit after @.",
        };
        var accept = new Option<bool>("--accept-licence") { Description = "Accept a licence that forbids commercial use." };
        var json = new Option<bool>("--json") { Description = "Describe the pulled model as one JSON object." };
        var command = new Command("pull", "Downloads a model from the Hugging Face hub (HF_ENDPOINT, HF_TOKEN and HF_HOME are honoured).")
        {
            model,
            accept,
            json,
        };
        command.SetAction(
            (parsed, _) =>
                run(cancellationToken =>
                    new ModelPull(terminal).RunAsync(
                        parsed.GetRequiredValue(model),
                        parsed.GetValue(accept),
                        parsed.GetValue(json),
                        cancellationToken
                    )
                )
        );
        return command;
    }

    private Command Remove()
    {
        var model = new Argument<string>("ORG/NAME[@REVISION]")
        {
            Description = "The model to remove; without a revision, all of its revisions.",
        };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var command = new Command("remove", "Removes a model from the hub cache, which other tools share.") { model, yes };
        command.SetAction(
            (parsed, _) => run(_ => Task.FromResult(new ModelRemoval(terminal).Run(parsed.GetRequiredValue(model), parsed.GetValue(yes))))
        );
        return command;
    }
}
