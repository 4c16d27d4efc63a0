using System.ComponentModel;
using ImageToText.Captioning;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Contracts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Mcp;
using ImageToText.Gateway.Pipeline;
using ImageToText.Standalone.PictureFiles;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace ImageToText.Standalone.Mcp;

/// <summary>The tool as a program on the user's own machine offers it: it reads files, which a gateway can't.</summary>
internal sealed class FileCaptionTool(ICaptioner captioner, PictureFolders folders, AllowedWeb web, IReadOnlyList<string> hosts)
{
    private static readonly ImageLimits Limits = new();

    /// <summary>The tool as the protocol's server calls it.</summary>
    public McpServerTool Create() =>
        McpServerTool.Create(
            CaptionAsync,
            CaptionToolShape.Announced(
                "Describes a picture on this machine in one sentence. Give its absolute path in 'path'"
                    + (hosts.Count > 0 ? $", or a web address on {string.Join(", ", hosts)} in 'url'." : ". Web addresses are not fetched.")
                    + " Never make up a path or an address.",
                openWorld: hosts.Count > 0
            )
        );

    private async Task<CallToolResult> CaptionAsync(
        [Description("The picture's absolute path.")] string? path = null,
        [Description("The picture's web address, instead of a path.")] string? url = null,
        [Description(CaptionToolShape.Prompt)] string? prompt = null,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            var bytes = (Given(path), Given(url)) switch
            {
                ({ } file, null) => await ReadFileAsync(file, cancellationToken),
                (null, { } address) => await FetchAsync(address, cancellationToken),
                _ => throw new CommandException("Give the picture either in 'path' or in 'url'."),
            };
            var caption = await captioner.CaptionAsync(bytes, new CaptionOptions { Prompt = PromptOf(Given(prompt)) }, cancellationToken);
            return CaptionToolShape.Text(caption.Text);
        }
        catch (RefusalException refused)
        {
            return CaptionToolShape.Text(refused.Refusal.Message, isError: true);
        }
        catch (Exception e) when (e is CommandException or CaptioningException or IOException or UnauthorizedAccessException)
        {
            return CaptionToolShape.Text(e.Message, isError: true);
        }
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private async Task<ReadOnlyMemory<byte>> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        if (!Path.IsPathFullyQualified(path))
        {
            throw new CommandException($"'{path}' is no absolute path. Give the whole path, from the root on.");
        }

        if (!folders.Hold(path))
        {
            throw new CommandException($"'{path}' is not in a folder that may be read: {folders}.");
        }

        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        return await PictureFileReader.ReadAsync(file, Limits, cancellationToken);
    }

    private async Task<ReadOnlyMemory<byte>> FetchAsync(string url, CancellationToken cancellationToken)
    {
        if (RemotePictureReader.AddressOf(url) is not { } address)
        {
            throw new CommandException("'url' must be a web address, http or https. Give a file's path in 'path'.");
        }

        if (!web.Allows(address))
        {
            throw new CommandException(
                $"Pictures are not fetched from {address.IdnHost}. Save the picture to a file and give its path, or ask the user to start "
                    + "'imagetotext mcp' with --allow-host."
            );
        }

        return await web.GetAsync(address, static (body, _, stop) => PictureFileReader.ReadAsync(body, Limits, stop), cancellationToken);
    }

    private string? PromptOf(string? said) =>
        PromptStep.PromptOf(Enum.Parse<PromptUse>(captioner.Model.PromptUse.ToString()), null, said ?? "");
}
