using System.ComponentModel;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Pipeline;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace ImageToText.Gateway.Mcp;

/// <summary>
/// The one tool of the gateway's MCP server. Chat programs can't hand over the bytes of a picture, so it takes an address, and it answers
/// with text alone, because a picture in an answer would fill the model's context.
/// </summary>
internal sealed class CaptionTool(
    PictureIntake intake,
    RemotePictureReader remote,
    RequestAuthorizer authorizer,
    CaptionPipeline pipeline,
    IHttpContextAccessor contexts,
    IOptions<RemotePictureOptions> options,
    TimeProvider time
)
{
    /// <summary>The tool as the protocol's server calls it.</summary>
    public McpServerTool Create() =>
        McpServerTool.Create(
            CaptionAsync,
            CaptionToolShape.Announced(
                "Describes a picture in one sentence. Give its address in 'url': "
                    + (
                        options.Value.AllowedHosts is { Count: > 0 } hosts
                            ? $"a web address (http or https) on {string.Join(", ", hosts)}, or a data URL."
                            : "a data URL (data:image/…;base64,…). Web addresses are not fetched here."
                    )
                    + " Paths of files and bare base64 are not accepted. Never make up an address or data.",
                openWorld: true
            )
        );

    private async Task<CallToolResult> CaptionAsync(
        [Description("The picture's address, as the tool's description says.")] string url,
        [Description(CaptionToolShape.Prompt)] string? prompt = null,
        [Description("The model; leave it out for the default.")] string? model = null,
        CancellationToken cancellationToken = default
    )
    {
        var http = contexts.HttpContext!;
        long at = time.GetTimestamp();
        try
        {
            var caller = await authorizer.AdmitAsync(http);
            using var picture = await ReadAsync(url.Trim(), cancellationToken);
            var answer = await pipeline.CaptionAsync(
                new CaptionRequest
                {
                    RequestId = (string)http.Response.Headers[AnswerHeaders.RequestId]!,
                    Caller = caller,
                    AdmittedAt = at,
                    Picture = picture,
                    ModelId = string.IsNullOrWhiteSpace(model) ? null : model.Trim(),
                    Parameters = CaptionParameters.Read(static _ => null),
                    ChatText = prompt ?? "",
                },
                cancellationToken
            );
            return CaptionToolShape.Text(answer.Whole!.Text);
        }
        catch (RefusalException refused)
        {
            return CaptionToolShape.Text(refused.Refusal.Message, isError: true);
        }
    }

    private async Task<Picture> ReadAsync(string url, CancellationToken cancellationToken) =>
        RemotePictureReader.AddressOf(url) is { } address ? await remote.ReadAsync(address, cancellationToken)
        : url.StartsWith("data:", StringComparison.Ordinal) ? intake.ReadDataUrl(url)
        : throw Refusals.BadRequest(
            "'url' must be a web address or a data URL. This server can't read files; 'imagetotext mcp' on the user's machine can.",
            "url"
        );
}
