using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using ImageToText.Gateway;
using ImageToText.Gateway.Tests.StandIns;
using ImageToText.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ImageToText.Bench.Overhead;

/// <summary>
/// What the gateway adds to a caption: the same picture sent straight to a node that answers at once and through the gateway, turn by
/// turn in one run, with key, budget, journal on disk and all.
/// </summary>
internal static class OverheadCommand
{
    public static Command Create()
    {
        var captions = new Option<int>("--captions") { Description = "Captions measured on each way.", DefaultValueFactory = static _ => 3000 };
        var bytes = new Option<int>("--bytes") { Description = "Bytes of the picture.", DefaultValueFactory = static _ => 100_000 };
        var durability = new Option<string>("--durability") { Description = "Disk or OperatingSystem.", DefaultValueFactory = static _ => "Disk" };
        var command = new Command("overhead", "The gateway's overhead over a direct call to a node that answers at once.") { captions, bytes, durability };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetValue(captions), parsed.GetValue(bytes), parsed.GetValue(durability)!, cancellationToken));
        return command;
    }

    private static async Task RunAsync(int captions, int bytes, string durability, CancellationToken cancellationToken)
    {
        var data = Directory.CreateTempSubdirectory("gateway-overhead-").FullName;
        await using var pricing = new PricingStandIn();
        await pricing.StartAsync();
        await using var node = FakeNodeApp.Create(["--urls=http://127.0.0.1:0", "--read-forms=false"], out _);
        await node.StartAsync(cancellationToken);
        pricing.SetNodes(PricingStandIn.Node("node", AddressOf(node)));
        await using var gateway = Gateway(pricing, data, durability);
        await gateway.StartAsync(cancellationToken);

        using var direct = new HttpClient { BaseAddress = AddressOf(node) };
        using var through = new HttpClient { BaseAddress = AddressOf(gateway) };
        through.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", pricing.AddKey("bench", budget: 1000));
        var picture = Pictures.Png(512, 512, padding: bytes - Pictures.Png(512, 512).Length);
        while (!(await CaptionAsync(through, picture, cancellationToken)).Delivered)
        {
            await Task.Delay(50, cancellationToken);
        }

        var straight = new double[captions];
        var proxied = new double[captions];
        for (var i = -500; i < captions; i++)
        {
            var one = await CaptionAsync(direct, picture, cancellationToken);
            var other = await CaptionAsync(through, picture, cancellationToken);
            if (!one.Delivered || !other.Delivered)
            {
                throw new InvalidOperationException("A caption was refused.");
            }

            if (i >= 0)
            {
                straight[i] = one.Milliseconds;
                proxied[i] = other.Milliseconds;
            }
        }

        var added = straight.Zip(proxied, static (one, other) => other - one).ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{captions} captions each way, {picture.Length} bytes, durability {durability}"));
        Print("direct", straight);
        Print("gateway", proxied);
        Print("added", added);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"median over median {At(proxied, 0.5) - At(straight, 0.5):F3} ms, 99th over 99th {At(proxied, 0.99) - At(straight, 0.99):F3} ms"));
        await gateway.StopAsync(cancellationToken);
        Directory.Delete(data, recursive: true);
    }

    private static WebApplication Gateway(PricingStandIn pricing, string data, string durability)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Gateway:Id"] = "bench",
            ["Gateway:DataDirectory"] = data,
            ["Gateway:Pricing:Address"] = pricing.Address.AbsoluteUri,
            ["Gateway:Pricing:Token"] = "a service token for benches",
            ["Gateway:Journal:Durability"] = durability,
            ["ServiceDefaults:DrainDelay"] = "00:00:00",
        });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddServiceDefaults();
        builder.AddGateway();
        var app = builder.Build();
        app.MapGateway();
        return app;
    }

    private static async Task<(bool Delivered, double Milliseconds)> CaptionAsync(HttpClient http, byte[] picture, CancellationToken cancellationToken)
    {
        using var form = Pictures.Form(picture);
        var began = Stopwatch.GetTimestamp();
        using var answer = await http.PostAsync(new Uri("/image-to-text", UriKind.Relative), form, cancellationToken);
        return (answer.IsSuccessStatusCode, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
    }

    private static void Print(string name, double[] values) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-8} median {At(values, 0.5):F3} ms, 95th {At(values, 0.95):F3} ms, 99th {At(values, 0.99):F3} ms"));

    private static double At(double[] values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)Math.Ceiling(sorted.Length * share) - 1];
    }

    private static Uri AddressOf(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
}
