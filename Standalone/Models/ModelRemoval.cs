using System.Globalization;
using ImageToText.InferenceService.Hub;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Models;

/// <summary>models remove: deletes from the hub cache, after asking.</summary>
internal sealed class ModelRemoval(Terminal terminal)
{
    public int Run(string model, bool yes)
    {
        if (model == ModelLocator.Starter)
        {
            throw new CommandException("The starter comes with the program and can't be removed.");
        }

        var reference = HubModelReference.Parse(model);
        var cache = new HubCache(HubOptions.FromEnvironment().CacheFolder);
        var all = cache.List().Where(cached => cached.Id == reference.Id).ToArray();
        var chosen = model.Contains('@', StringComparison.Ordinal)
            ? all.Where(cached => cached.Commit == reference.Revision || cached.Refs.Contains(reference.Revision)).ToArray()
            : all;
        if (chosen.Length == 0)
        {
            throw new CommandException($"{reference} is not in {cache.Folder}.");
        }

        if (!yes)
        {
            if (terminal.Ask is null)
            {
                terminal.WriteError($"{reference}: pass --yes to remove it without being asked.");
                return ExitCode.Usage;
            }

            terminal.WriteError($"Remove {chosen.Length} snapshot(s) of {reference.Id} from {cache.Folder}? Other tools share it. [y/N]");
            if (terminal.Ask()?.Trim() is not ("y" or "Y" or "yes"))
            {
                return ExitCode.Failure;
            }
        }

        long freed = chosen.Sum(cache.Remove);
        terminal.WriteError(string.Create(CultureInfo.InvariantCulture, $"Removed {reference}: {freed / 1e6:0.#} MB freed."));
        return ExitCode.Success;
    }
}
