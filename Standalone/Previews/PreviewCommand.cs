using System.CommandLine;
using ImageToText.Captioning;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Standalone.PictureFiles;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Previews;

/// <summary>preview IMAGE --size N --output F.png: writes what the model sees of a picture.</summary>
internal sealed class PreviewCommand(Terminal terminal, CommandRunner run)
{
    private const int DefaultSize = 384;

    private readonly Argument<string> _image = new("IMAGE") { Description = "A picture file, or - for standard input." };

    private readonly Option<int> _size = CommandLineOptions.Number(
        "--size",
        [],
        "Pixels a side (BLIP: 384; the starter: 224).",
        1,
        4096,
        DefaultSize
    );

    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "The PNG file to write.",
        HelpName = "F.png",
        Required = true,
    };

    public Command Create()
    {
        var command = new Command("preview", "Writes the N x N pixels that the model sees of a picture, before normalization.")
        {
            _image.FilesOnly(),
            _size,
            _output,
        };
        command.SetAction(
            (parsed, _) =>
                run(cancellationToken =>
                    WriteAsync(parsed.GetRequiredValue(_image), parsed.GetValue(_size), parsed.GetRequiredValue(_output), cancellationToken)
                )
        );
        return command;
    }

    private async Task<int> WriteAsync(string image, int size, string output, CancellationToken cancellationToken)
    {
        var limits = new ImageLimits();
        ReadOnlyMemory<byte> bytes;
        await using (var input = image == PicturePaths.Input ? terminal.OpenInput() : File.OpenRead(image))
        {
            bytes = await PictureFileReader.ReadAsync(input, limits, cancellationToken);
        }

        // The file is written completely or not at all: a damaged picture leaves no partial file.
        using var png = new MemoryStream();
        var info = await Task.Run(() => PicturePreview.WritePng(bytes, size, limits, png), cancellationToken);
        await File.WriteAllBytesAsync(output, png.GetBuffer().AsMemory(0, (int)png.Length), cancellationToken);
        terminal.WriteError($"{output}: {size} x {size} of a {info.Format} of {info.Width} x {info.Height}.");
        return ExitCode.Success;
    }
}
