using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ImageToText.Bench.Gpu;

/// <summary>Keeps what the engine warns of, such as why it does without CUDA graphs.</summary>
internal sealed class Warnings : ILoggerFactory, ILogger
{
    // The name of the engine's event.
    private const string NotRecorded = "LogNotRecorded";

    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>All of them in one line; null: there are none.</summary>
    public string? Text => _lines.IsEmpty ? null : string.Join(' ', _lines.Distinct());

    /// <summary>Whether the engine has refused to record steps as CUDA graphs.</summary>
    public bool HasRefusedGraphs { get; private set; }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) { }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (IsEnabled(logLevel))
        {
            HasRefusedGraphs |= eventId.Name == NotRecorded;
            _lines.Enqueue(formatter(state, exception));
        }
    }

    public void Dispose() { }
}
