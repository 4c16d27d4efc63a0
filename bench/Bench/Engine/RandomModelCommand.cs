using System.CommandLine;

namespace ImageToText.Bench.Engine;

/// <summary>Writes a model folder with a public checkpoint's shapes and random weights.</summary>
internal static class RandomModelCommand
{
    public static Command Create()
    {
        var shape = new Argument<string>("shape") { Description = string.Join(", ", RandomModel.Shapes) };
        shape.AcceptOnlyFromAmong([.. RandomModel.Shapes]);
        var folder = new Argument<DirectoryInfo>("folder") { Description = "Where to write it" };
        var command = new Command("random-model", "Write a model folder with the shapes of a public checkpoint and random weights.")
        {
            shape,
            folder,
        };
        command.SetAction(parsed => RandomModel.Write(parsed.GetRequiredValue(shape), parsed.GetRequiredValue(folder).FullName));
        return command;
    }
}
