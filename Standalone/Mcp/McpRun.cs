using ImageToText.Captioning;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Mcp;
using ImageToText.Standalone.Models;
using ImageToText.Standalone.Terminals;
using ModelContextProtocol.Server;

namespace ImageToText.Standalone.Mcp;

/// <summary>One run of 'mcp': it serves one chat program, until that program closes standard input.</summary>
internal sealed class McpRun(Engine engine, Terminal terminal, McpSettings settings, TimeProvider time)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var model = ModelLocator.Find(settings.Model);
        await using var captioner = await engine.LoadAsync(
            model.Folder,
            new CaptionerOptions
            {
                ModelId = model.Id,
                Precision = settings.Precision,
                Provider = settings.Provider,
            },
            cancellationToken
        );
        using var allowed = new AllowedWeb(settings.Hosts, new RemotePictureOptions().Timeout, time, AllowedWeb.PublicConnections());
        var tool = new FileCaptionTool(captioner, new PictureFolders(settings.Folders), allowed, settings.Hosts);
        // Standard output belongs to the protocol; people read standard error.
        terminal.WriteError($"Captions by {model.Id} for a chat program on standard input; it ends when that is closed.");
        await using var transport = new StreamServerTransport(terminal.OpenInput(), terminal.OpenOutput(), "imagetotext");
        await using var server = McpServer.Create(
            transport,
            new McpServerOptions { ServerInfo = CaptionToolShape.Server, ToolCollection = [tool.Create()] }
        );
        await server.RunAsync(cancellationToken);
        return ExitCode.Success;
    }
}
