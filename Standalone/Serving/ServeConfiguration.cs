using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;

namespace ImageToText.Standalone.Serving;

/// <summary>
/// Where the services of 'serve' get their settings: its own defaults, the file named by --settings, the environment and its
/// options; later ones win. Nothing comes from a file that happens to be in the current folder, because anybody may have put it
/// there.
/// </summary>
internal static class ServeConfiguration
{
    /// <summary>Keeps the service from looking for settings files in the current folder.</summary>
    public static string ContentRoot { get; } = $"--contentRoot={AppContext.BaseDirectory}";

    /// <summary>Reads the file once, so that mistakes in it are reported before anything starts.</summary>
    /// <returns>Its full path.</returns>
    /// <exception cref="CommandException">It is missing, or not JSON.</exception>
    public static string Check(string file)
    {
        string path = Path.GetFullPath(file);
        if (!File.Exists(path))
        {
            throw new CommandException($"--settings: there is no file {path}.", ExitCode.Usage);
        }

        try
        {
            new ConfigurationBuilder().AddJsonFile(path).Build();
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or IOException or UnauthorizedAccessException)
        {
            // The inner exception has the line and the position.
            throw new CommandException($"--settings: {path} can't be read: {e.GetBaseException().Message}", ExitCode.Usage);
        }

        return path;
    }

    /// <summary>Puts the sources of a service's configuration in order.</summary>
    /// <param name="configuration">The configuration of a normal web application.</param>
    /// <param name="settingsFile">The file named by --settings; null: none.</param>
    /// <exception cref="CommandException">
    /// A setting would make the service listen somewhere other than the command line says.
    /// </exception>
    public static void Apply(ConfigurationManager configuration, string? settingsFile)
    {
        var sources = configuration.Sources;
        foreach (var file in sources.OfType<JsonConfigurationSource>().ToArray())
        {
            sources.Remove(file);
        }

        if (settingsFile is not null)
        {
            var source = new JsonConfigurationSource { Path = settingsFile };
            source.ResolveFileProvider();
            // It comes before the environment, which wins.
            sources.Insert(sources.TakeWhile(static other => !IsEnvironment(other)).Count(), source);
        }

        if (configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            throw new CommandException(
                "Kestrel:Endpoints is set, but 'serve' listens where --host and --port say: remove it.",
                ExitCode.Usage
            );
        }
    }

    private static bool IsEnvironment(IConfigurationSource source) =>
        source is EnvironmentVariablesConfigurationSource { Prefix: null or "" };
}
