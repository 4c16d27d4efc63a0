using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace ImageToText.TestSupport;

/// <summary>A service in its own process, so it can be killed the way the kernel kills.</summary>
public sealed class ServiceProcess : IDisposable
{
    private readonly Process _process;

    private ServiceProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    /// <summary>The token that gateways and nodes send to the pricing service.</summary>
    public const string ServiceToken = "a service token for tests";

    /// <summary>The token that the operator sends to the pricing service.</summary>
    public const string OperatorToken = "an operator token for tests";

    /// <summary>Its base address.</summary>
    public Uri Address { get; }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts a fake node.</summary>
    /// <param name="delayMs">How long a caption takes.</param>
    /// <param name="settings">Further settings, as --key=value.</param>
    public static Task<ServiceProcess> StartNodeAsync(int delayMs, params string[] settings) =>
        StartServiceAsync("ImageToText.TestSupport.dll", LoopbackPort.Free(), "/health", [$"--delay={delayMs}", .. settings]);

    /// <summary>Starts a real node, which must be next to this assembly, and waits until its models are loaded.</summary>
    /// <param name="settings">Its settings, as --key=value.</param>
    public static Task<ServiceProcess> StartInferenceAsync(params string[] settings) =>
        StartServiceAsync("ImageToText.InferenceService.dll", LoopbackPort.Free(), "/ready", settings);

    /// <summary>Starts the whole service in one process (Standalone's serve), which must be next to this assembly.</summary>
    /// <param name="data">Its data folder.</param>
    /// <param name="environment">Settings as KEY__KEY and a value.</param>
    /// <param name="options">Further options of serve.</param>
    public static Task<ServiceProcess> StartStandaloneAsync(
        string data,
        IReadOnlyDictionary<string, string>? environment = null,
        params string[] options
    ) => StartToolAsync(AppContext.BaseDirectory, data, environment, options);

    /// <summary>Starts the whole service in one process with the tool in a folder.</summary>
    /// <param name="folder">The folder of ImageToText.Standalone.dll.</param>
    /// <param name="data">Its data folder.</param>
    /// <param name="environment">Settings as KEY__KEY and a value.</param>
    /// <param name="options">Further options of serve.</param>
    public static Task<ServiceProcess> StartToolAsync(
        string folder,
        string data,
        IReadOnlyDictionary<string, string>? environment,
        string[] options
    )
    {
        int port = LoopbackPort.Free();
        return StartAsync(
            Path.Combine(folder, "ImageToText.Standalone.dll"),
            Loopback(port),
            "/health",
            new Dictionary<string, string>([.. Patience.Variables, .. environment ?? new Dictionary<string, string>()]),
            ["serve", "--port", port.ToString(CultureInfo.InvariantCulture), "--data", data, .. options]
        );
    }

    /// <summary>Starts a gateway.</summary>
    /// <param name="pricing">The pricing service's address.</param>
    /// <param name="data">Its data folder.</param>
    /// <param name="id">Its id.</param>
    /// <param name="port">Its port.</param>
    /// <param name="drain">How long it keeps serving after SIGTERM.</param>
    /// <param name="settings">Further settings, as --key=value.</param>
    public static Task<ServiceProcess> StartGatewayAsync(
        Uri pricing,
        string data,
        string id,
        int port,
        string drain = "00:00:00",
        params string[] settings
    ) =>
        StartServiceAsync(
            "ImageToText.Gateway.dll",
            port,
            "/health",
            [
                $"--Gateway:Id={id}",
                $"--Gateway:DataDirectory={data}",
                $"--Gateway:Pricing:Address={pricing}",
                $"--Gateway:Pricing:Token={ServiceToken}",
                "--ServiceDefaults:Telemetry=false",
                $"--ServiceDefaults:DrainDelay={drain}",
                .. Patience.Arguments,
                .. settings,
            ]
        );

    /// <summary>Starts a real node with the starter. It registers with the pricing service.</summary>
    /// <param name="pricing">The pricing service's address.</param>
    /// <param name="id">Its id in the registry.</param>
    /// <param name="data">The folder where it would look for hub models.</param>
    /// <param name="settings">Further settings, as --key=value.</param>
    public static Task<ServiceProcess> StartInferenceAsync(Uri pricing, string id, string data, params string[] settings) =>
        StartInferenceAsync(pricing, id, data, LoopbackPort.Free(), settings);

    /// <inheritdoc cref="StartInferenceAsync(Uri, string, string, string[])"/>
    public static Task<ServiceProcess> StartInferenceAsync(Uri pricing, string id, string data, int port, params string[] settings) =>
        StartServiceAsync(
            "ImageToText.InferenceService.dll",
            port,
            "/ready",
            [
                $"--Inference:HubCacheFolder={data}",
                $"--Inference:Registration:NodeId={id}",
                $"--Inference:Registration:PricingAddress={pricing}",
                $"--Inference:Registration:PricingToken={ServiceToken}",
                "--Inference:Verification:Enabled=false",
                "--ServiceDefaults:Telemetry=false",
                "--ServiceDefaults:DrainDelay=00:00:00",
                .. Patience.Arguments,
                .. settings,
            ]
        );

    /// <summary>Starts a pricing service.</summary>
    /// <param name="connectionString">Its database.</param>
    /// <param name="port">Its port.</param>
    /// <param name="settings">Further settings, as --key=value.</param>
    public static Task<ServiceProcess> StartPricingAsync(string connectionString, int port, params string[] settings) =>
        StartServiceAsync(
            "ImageToText.PricingService.dll",
            port,
            "/health",
            [
                $"--Pricing:Store:ConnectionString={connectionString}",
                $"--Pricing:Access:ServiceToken={ServiceToken}",
                $"--Pricing:Access:OperatorToken={OperatorToken}",
                "--ServiceDefaults:Telemetry=false",
                "--ServiceDefaults:DrainDelay=00:00:00",
                .. settings,
            ]
        );

    /// <summary>Its peak physical memory, in bytes.</summary>
    public long PeakMemory()
    {
        _process.Refresh();
        return _process.PeakWorkingSet64;
    }

    /// <summary>Its current physical memory, in bytes.</summary>
    public long ResidentMemory()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    /// <summary>Its processor time, on all cores together.</summary>
    public TimeSpan ProcessorTime()
    {
        _process.Refresh();
        return _process.TotalProcessorTime;
    }

    /// <summary>Sends SIGKILL and waits until the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Sends SIGTERM, as orchestrators do, and waits until the process ends by itself.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static Uri Loopback(int port) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));

    private static Task<ServiceProcess> StartServiceAsync(string assembly, int port, string health, params string[] settings)
    {
        var address = Loopback(port);
        return StartAsync(assembly, address, health, new Dictionary<string, string>(), ["--urls=" + address, .. settings]);
    }

    // An assembly by its name alone is next to this one.
    private static async Task<ServiceProcess> StartAsync(
        string assembly,
        Uri address,
        string health,
        IReadOnlyDictionary<string, string> environment,
        string[] arguments
    )
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet"
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, assembly));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
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
                if (process.HasExited)
                {
                    throw new InvalidOperationException(assembly + " has ended.");
                }

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
            seconds: 60
        );
        return service;
    }
}
