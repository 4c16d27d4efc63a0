using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace ImageToText.Gateway.Tests.StandIns;

/// <summary>A gateway or fake node as a process of its own, so that it can be killed as the kernel kills.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private readonly Process _process;

    private ServiceProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    public int Id => _process.Id;

    public static Task<ServiceProcess> StartNodeAsync(int delayMs, params string[] settings) =>
        StartAsync("ImageToText.FakeNode.dll", PricingStandIn.FreePort(), "/health", [$"--delay={delayMs}", .. settings]);

    public static Task<ServiceProcess> StartGatewayAsync(
        PricingStandIn pricing, string data, string id, int port, string drain = "00:00:00", params string[] settings) =>
        StartAsync(
            "ImageToText.Gateway.dll",
            port,
            "/health",
            [$"--Gateway:Id={id}",
            $"--Gateway:DataDirectory={data}",
            $"--Gateway:Pricing:Address={pricing.Address}",
            "--Gateway:Pricing:Token=a service token for tests",
            "--ServiceDefaults:Telemetry=false",
            $"--ServiceDefaults:DrainDelay={drain}",
            .. settings]);

    /// <summary>The most physical memory it ever held, in bytes.</summary>
    public long PeakMemory()
    {
        _process.Refresh();
        return _process.PeakWorkingSet64;
    }

    /// <summary>Sends SIGKILL and waits until the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Sends SIGTERM, as orchestrators do, and waits until the process has ended by itself.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static async Task<ServiceProcess> StartAsync(string assembly, int port, string health, params string[] arguments)
    {
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, assembly));
        start.ArgumentList.Add("--urls=" + address);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var service = new ServiceProcess(process, address);
        using var http = new HttpClient();
        await Eventually.HoldsAsync(
            async () =>
            {
                Assert.False(process.HasExited, assembly + " has ended.");
                try
                {
                    using var answer = await http.GetAsync(new Uri(address, health));
                    return answer.StatusCode == HttpStatusCode.OK;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            seconds: 60);
        return service;
    }
}
