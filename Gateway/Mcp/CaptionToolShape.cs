using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace ImageToText.Gateway.Mcp;

/// <summary>What the tool has in common wherever it is offered: its name, its kind and the shape of its answers.</summary>
internal static class CaptionToolShape
{
    /// <summary>What <c>prompt</c> is.</summary>
    public const string Prompt = "A question about the picture or an instruction; models that can't use it write a caption.";

    /// <summary>The server that offers it.</summary>
    public static Implementation Server { get; } =
        new()
        {
            Name = "imagetotext",
            Title = "ImageToText",
            Version = typeof(CaptionToolShape).Assembly.GetName().Version!.ToString(3),
        };

    /// <summary>How the tool is announced.</summary>
    /// <param name="description">What it does, and where its pictures come from.</param>
    /// <param name="openWorld">Whether it fetches from the web.</param>
    public static McpServerToolCreateOptions Announced(string description, bool openWorld) =>
        new()
        {
            Name = "caption_image",
            Title = "Caption a picture",
            Description = description,
            ReadOnly = true,
            Destructive = false,
            Idempotent = true,
            OpenWorld = openWorld,
        };

    /// <summary>An answer. An error, too, is for the model, which can tell the user or call again.</summary>
    public static CallToolResult Text(string text, bool isError = false) =>
        new() { Content = [new TextContentBlock { Text = text }], IsError = isError };
}
