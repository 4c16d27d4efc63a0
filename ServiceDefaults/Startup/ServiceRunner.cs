using System.Data.Common;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ImageToText.ServiceDefaults.Startup;

/// <summary>Runs a service as its own process. If it can't start, it prints one line per problem.</summary>
public static partial class ServiceRunner
{
    private const string Binder = "Microsoft.Extensions.Configuration.Binder";

    /// <summary>Starts the service and waits for its end.</summary>
    /// <param name="create">Makes the service.</param>
    /// <param name="check">Checks whether it can run here; throws <see cref="ServiceStartException"/> if it can't.</param>
    /// <param name="open">Opens what it stores; may wait for it until the process is told to end.</param>
    /// <returns>The process's exit code: 0, or 1 if the service could not start.</returns>
    public static async Task<int> RunAsync(
        Func<WebApplication> create,
        Action<IServiceProvider>? check = null,
        Func<IServiceProvider, CancellationToken, Task>? open = null
    )
    {
        ArgumentNullException.ThrowIfNull(create);
        bool hasStarted = false;
        try
        {
            await using var app = create();
            app.Lifetime.ApplicationStarted.Register(() => hasStarted = true);
            // All this runs before the host starts, which would report what is wrong at length.
            app.Services.GetService<IStartupValidator>()?.Validate();
            check?.Invoke(app.Services);
            PortCheck.ThrowIfTaken(app.Configuration);
            if (open is not null && !await OpensAsync(stop => open(app.Services, stop)))
            {
                return 0;
            }

            await app.RunAsync();
            return 0;
        }
        catch (Exception e) when (!hasStarted && Faults(e) is { } faults)
        {
            foreach (string fault in faults)
            {
                await Console.Error.WriteLineAsync(fault);
            }

            return 1;
        }
    }

    /// <summary>Opens what is stored, before there is a host that would hear of the process's end.</summary>
    /// <returns>Whether it is open; if not, the process was told to end meanwhile.</returns>
    private static async Task<bool> OpensAsync(Func<CancellationToken, Task> open)
    {
        using var stop = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        try
        {
            await open(stop.Token);
            return !stop.IsCancellationRequested;
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            return false;
        }

        void End(PosixSignalContext signal)
        {
            try
            {
                stop.Cancel();
                signal.Cancel = true;
            }
            catch (ObjectDisposedException)
            {
                // It has opened just now. The signal ends the process as usual.
            }
        }
    }

    /// <summary>
    /// Describes an exception for whoever starts the service, in one line per problem; null if that person can't fix it.
    /// </summary>
    /// <param name="exception">The exception that the service's start threw.</param>
    public static IEnumerable<string>? Faults(Exception exception) =>
        exception switch
        {
            OptionsValidationException settings => settings.Failures,
            AggregateException several when several.InnerExceptions.All(static inner => Faults(inner) is not null) =>
                several.InnerExceptions.SelectMany(static inner => Faults(inner)!),
            ServiceStartException start => [start.Message],
            // A value does not have its setting's type.
            InvalidOperationException { Source: Binder } value => [Explain(value)],
            // An assembly is missing, or of another version.
            FileNotFoundException { FileName: { } name } when IsAssembly(name) => null,
            FileLoadException => null,
            DbException database => [$"The database can't be opened: {database.Message}"],
            IOException or UnauthorizedAccessException => [$"A file or folder of this service can't be used: {exception.Message}"],
            _ => null,
        };

    // "Some.Library, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null"
    private static bool IsAssembly(string name) => name.Contains(", Version=", StringComparison.Ordinal);

    // "Failed to convert configuration value 'x' at 'Gateway:Cache:TimeToLive' to type 'System.TimeSpan'."
    private static string Explain(InvalidOperationException value) =>
        BinderWords().Match(value.Message) is { Success: true } words
            ? $"{words.Groups["key"]} is '{words.Groups["value"]}': give {Kind(words.Groups["type"].Value, value)}."
            : value.Message;

    private static string Kind(string type, InvalidOperationException value) =>
        type switch
        {
            "System.TimeSpan" => "a time span, days.hours:minutes:seconds, such as 00:00:05",
            "System.Boolean" => "true or false",
            "System.Int32" or "System.Int64" => "a whole number",
            "System.Decimal" or "System.Double" => "a number, with a point for decimals",
            "System.Uri" => "an address such as http://host:8000",
            _ when AppDomain
                    .CurrentDomain.GetAssemblies()
                    .Select(assembly => assembly.GetType(type))
                    .FirstOrDefault(static found => found is { IsEnum: true })
                    is { } choice => $"one of {string.Join(", ", Enum.GetNames(choice))}",
            _ => $"what can be read as {type} ({value.InnerException?.Message ?? value.Message})",
        };

    [GeneratedRegex("^Failed to convert configuration value '(?<value>.*)' at '(?<key>.*)' to type '(?<type>.*)'", RegexOptions.Singleline)]
    private static partial Regex BinderWords();
}

/// <summary>A service can't start here. The message says why and what to do, in one line.</summary>
public sealed class ServiceStartException(string message, Exception? inner = null) : Exception(message, inner);
