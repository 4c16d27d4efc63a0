using ImageToText.InferenceService.Hub;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Models;

/// <summary>
/// models check ORG/NAME: tells whether a model on the hub can run, from its config.json and the hub's description of it.
/// </summary>
internal sealed class HubCheck(Terminal terminal)
{
    public async Task<int> RunAsync(HubModelReference reference, bool json, CancellationToken cancellationToken)
    {
        using var http = HubDownloader.CreateHttpClient();
        var model = await new HubDownloader(http, HubOptions.FromEnvironment()).DescribeAsync(reference, cancellationToken);
        var report = HubReport.Of(model);
        if (json)
        {
            report.WriteJson(terminal);
        }
        else
        {
            report.Write(model.Weights, terminal.WriteLine);
        }

        return report.Supported ? ExitCode.Success : ExitCode.Failure;
    }
}
