using System.CommandLine;
using ImageToText.Captioning;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Models;

/// <summary>models list | pull | check | remove.</summary>
internal sealed class ModelsCommand(Engine engine, Terminal terminal, CommandRunner run)
{
    public Command Create() => new("models", "Lists, downloads, checks and removes models.") { List(), Pull(), Check(), Remove() };

    private Command List()
    {
        var json = new Option<bool>("--json") { Description = "One JSON object for each model and line." };
        var command = new Command("list", "Lists the models on this machine.") { json };
        command.SetAction((parsed, _) => run(_ => Task.FromResult(new ModelList(terminal).Write(parsed.GetValue(json)))));
        return command;
    }

    private Command Pull()
    {
        var model = new Argument<string>("ORG/NAME[@REVISION]") { Description = "The model's name on the hub; a branch, tag or commit after @." };
        var command = new Command("pull", "Downloads a model from the Hugging Face hub (HF_ENDPOINT, HF_TOKEN and HF_HOME are honoured).") { model };
        command.SetAction((parsed, _) => run(cancellationToken => new ModelPull(terminal).RunAsync(parsed.GetRequiredValue(model), cancellationToken)));
        return command;
    }

    private Command Check()
    {
        var folder = new Argument<string>("FOLDER") { Description = "A model folder, or a model's name." };
        Option<Precision> precision = ModelOptions.Precision();
        Option<ProviderChoice> provider = ModelOptions.Provider();
        var command = new Command("check", "Compiles a model, captions the samples and reports time, memory and what is unsupported.") { folder, precision, provider };
        command.SetAction((parsed, _) => run(cancellationToken =>
            new ModelCheck(engine, terminal).RunAsync(parsed.GetRequiredValue(folder), parsed.GetValue(precision), parsed.GetValue(provider), cancellationToken)));
        return command;
    }

    private Command Remove()
    {
        var model = new Argument<string>("ORG/NAME[@REVISION]") { Description = "The model to remove; without a revision, all of its revisions." };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var command = new Command("remove", "Removes a model from the hub cache, which other tools share.") { model, yes };
        command.SetAction((parsed, _) => run(_ => Task.FromResult(new ModelRemoval(terminal).Run(parsed.GetRequiredValue(model), parsed.GetValue(yes)))));
        return command;
    }
}
