using ImageToText.Standalone.Models;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Serving;

/// <summary>What 'serve' prints once it listens: where, with which models, and what to try next.</summary>
internal static class ServeBanner
{
    public static void Write(Terminal terminal, ServeSettings settings, DataFolder data, Uri address)
    {
        // This bypasses the screen: a line to paste must not be broken.
        terminal.Out.WriteLine($"Captions at {address.GetLeftPart(UriPartial.Authority)} (Ctrl-C stops it)");
        terminal.Out.WriteLine();
        terminal.Out.WriteLine($"Data: {data.Path}");
        terminal.Out.WriteLine("Models:");
        foreach (var model in settings.Models)
        {
            terminal.Out.WriteLine($"  {model.Id}  ({model.Folder})");
        }

        if (settings.Models.Count == 0)
        {
            terminal.Out.WriteLine(
                $"  {ModelLocator.Starter}  (small, for trying; for real use: models pull Salesforce/blip-image-captioning-large)"
            );
        }
        else if (settings.Models.All(model => model.Id != ModelLocator.Starter))
        {
            terminal.Out.WriteLine($"  {ModelLocator.Starter}  (loaded on demand)");
        }

        terminal.Out.WriteLine();
        terminal.Out.WriteLine("Try:");
        terminal.Out.WriteLine($"  curl -F image=@{SamplePath()} {address}image-to-text");
        terminal.Out.WriteLine();
        terminal.Out.WriteLine($"Operations: {address}operations (sign in with the token in {data.OperatorTokenFile})");
        if (!settings.IsLoopback)
        {
            terminal.Out.WriteLine();
            terminal.Out.WriteLine("Callers from other machines need an API key. To make one:");
            terminal.Out.WriteLine(
                $"  curl -H \"Authorization: Bearer $(cat '{data.OperatorTokenFile}')\" --json '{{\"name\":\"my key\"}}' "
                    + $"{address}pricing/keys"
            );
            terminal.Out.WriteLine(
                "or, with this program: keys create 'my key'" + (settings.DataFolder is null ? "" : $" --data '{data.Path}'")
            );
        }

        terminal.Out.Flush();
    }

    /// <summary>The path of a sample as seen from the current folder, so that the printed line works there.</summary>
    private static string SamplePath()
    {
        string near = Path.Combine("samples", "cat.png");
        return File.Exists(near) ? near : Path.Combine(ModelLocator.SamplesFolder, "cat.png");
    }
}
