using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImageToText.Bench.Results;

/// <summary>Reads and writes results: NAME.json in a folder, one file per command.</summary>
internal static class ResultFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower), new SixDecimals() },
    };

    /// <summary>Takes a measurement and saves it in the folder of --results.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="name">The file's name without ".json".</param>
    /// <param name="measure">Takes the measurement.</param>
    /// <param name="command">What repeats the measurement; null: this command line.</param>
    public static Task KeepAsync<T>(ParseResult parsed, string name, Func<Task<T>> measure, string? command = null) =>
        KeepAsync<T>(parsed, name, _ => measure(), command);

    /// <summary>Takes a measurement that may be cut off, and saves it: a part whenever it says so, and the whole at the end.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="name">The file's name without ".json".</param>
    /// <param name="measure">Takes the measurement; it is given what saves a part of it.</param>
    /// <param name="command">What repeats the measurement; null: this command line.</param>
    public static async Task KeepAsync<T>(ParseResult parsed, string name, Func<Func<T, Task>, Task<T>> measure, string? command = null)
    {
        var folder = parsed.GetRequiredValue(CommonOptions.Results);
        var started = DateTimeOffset.UtcNow;
        long clock = Stopwatch.GetTimestamp();
        await SaveAsync(await measure(SaveAsync));
        Console.WriteLine($"-> {Path.Combine(folder.ToString(), name)}.json");

        async Task SaveAsync(T data)
        {
            var result = new BenchResult<T>
            {
                Command = command ?? CommandLine(parsed),
                Commit = Commit(),
                Started = new DateTimeOffset(started.Ticks - (started.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero),
                Seconds = Math.Round(Stopwatch.GetElapsedTime(clock).TotalSeconds, 1),
                Machine = Machine.Read(),
                Data = data,
            };
            folder.Create();
            string path = Path.Combine(folder.FullName, name + ".json");
            await File.WriteAllTextAsync(path, JsonSerializer.Serialize(result, Json) + "\n");
        }
    }

    /// <summary>Reads a result; null: it was not measured.</summary>
    /// <exception cref="InvalidDataException">It has another format.</exception>
    public static BenchResult<T>? Read<T>(string folder, string name)
    {
        string path = Path.Combine(folder, name + ".json");
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            var result = JsonSerializer.Deserialize<BenchResult<T>>(File.ReadAllBytes(path), Json)!;
            return result.Schema == BenchResult<T>.CurrentSchema
                ? result
                : throw new InvalidDataException(
                    $"{path} has the form {result.Schema}, not {BenchResult<T>.CurrentSchema}: measure it again."
                );
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} is not a result of this version: {exception.Message} Measure it again.", exception);
        }
    }

    /// <summary>Reads figures that were noted, not written by a command; null: there are none.</summary>
    /// <exception cref="InvalidDataException">They have another format.</exception>
    public static T? ReadNoted<T>(string folder, string name)
        where T : class
    {
        string path = Path.Combine(folder, name + ".json");
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Json) : null;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} can't be read: {exception.Message} Correct it.", exception);
        }
    }

    private static string CommandLine(ParseResult parsed)
    {
        var words = parsed
            .Tokens.Select(static token => token.Value.Contains(' ', StringComparison.Ordinal) ? $"'{token.Value}'" : token.Value)
            .ToList();
        int results = words.IndexOf(CommonOptions.Results.Name);
        if (results >= 0)
        {
            words.RemoveRange(results, 2);
        }

        return $"dotnet run -c Release --project bench/Bench -- {string.Join(' ', words)}";
    }

    private static string Commit()
    {
        try
        {
            using var git = Process.Start(
                new ProcessStartInfo("git", ["describe", "--always", "--dirty", "--exclude", "*"])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!;
            string commit = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return commit.Length > 0 ? commit : "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown";
        }
    }

    // A file holds what was measured, not seventeen digits of it.
    private sealed class SixDecimals : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(Math.Round((decimal)value, 6));
    }
}
