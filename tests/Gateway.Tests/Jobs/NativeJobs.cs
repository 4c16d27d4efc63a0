using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageToText.Contracts;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Jobs;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Webhooks;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>Starts our own jobs and follows them, as callers do.</summary>
internal static class NativeJobs
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static Task<WebApplication> AddGatewayAsync(TestCluster cluster, JobWeb web, params string[] settings) =>
        cluster.AddGatewayAsync(
            services =>
                services
                    .AddSingleton(provider => new RemotePictureReader(
                        provider.GetRequiredService<PictureIntake>(),
                        provider.GetRequiredService<IOptions<RemotePictureOptions>>(),
                        TimeProvider.System,
                        web
                    ))
                    .AddSingleton(provider => new JobWebhookSender(
                        provider.GetRequiredService<JobStore>(),
                        provider.GetRequiredService<JobReport>(),
                        provider.GetRequiredService<JobSecrets>(),
                        provider.GetRequiredService<IOptions<JobOptions>>(),
                        web.Clock,
                        NullLogger<JobWebhookSender>.Instance,
                        web
                    )),
            ["Gateway:RemotePictures:AllowedHosts:0=*.example.org", .. settings]
        );

    public static JsonArray ArrayOf(IEnumerable<string> addresses) => [.. addresses.Select(static address => (JsonNode)address)];

    public static void Write(TemporaryFolder folder, string name, int side)
    {
        string path = Path.Combine(folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Pictures.Png(side, side));
    }

    public static async Task<int> PostAsync(HttpClient http, string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync("/jobs", content, Cancelled);
        return (int)answer.StatusCode;
    }

    public static async Task<JobInfo> StartAsync(HttpClient http, JsonObject body)
    {
        using var answer = await http.PostAsJsonAsync("/jobs", body, Cancelled);
        string text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, text);
        return JsonSerializer.Deserialize(text, GatewayApiJson.Default.JobInfo)!;
    }

    public static async Task<JobQuote> QuoteAsync(HttpClient http, JsonObject body)
    {
        using var answer = await http.PostAsJsonAsync("/jobs/quote", body, Cancelled);
        string text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        return JsonSerializer.Deserialize(text, GatewayApiJson.Default.JobQuote)!;
    }

    public static async Task<JobInfo> EndAsync(HttpClient http, string id)
    {
        await using var events = await http.GetStreamAsync($"/jobs/{id}/events", Cancelled);
        await foreach (var item in SseParser.Create(events).EnumerateAsync(Cancelled))
        {
            if (item.EventType == JobStream.EndEvent)
            {
                return JsonSerializer.Deserialize(item.Data, GatewayApiJson.Default.JobInfo)!;
            }

            Assert.Equal(JobStream.ProgressEvent, item.EventType);
        }

        throw new InvalidOperationException("The events ended before the job.");
    }

    public static async Task<JobResult[]> ResultsAsync(HttpClient http, string id) =>
        [
            .. (await http.GetStringAsync($"/jobs/{id}/results", Cancelled))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(static line => JsonSerializer.Deserialize(line, GatewayApiJson.Default.JobResult)!),
        ];
}
