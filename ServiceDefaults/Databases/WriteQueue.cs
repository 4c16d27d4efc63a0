namespace ImageToText.ServiceDefaults.Databases;

/// <summary>
/// Lets one write at a time into a SQLite file. SQLite takes one writer at a time and lets the others poll; a queue is faster and fair.
/// Writes to PostgreSQL don't wait here.
/// </summary>
/// <param name="isSqlite">Whether the database is a SQLite file.</param>
public sealed class WriteQueue(bool isSqlite) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Waits for this write's turn. The caller disposes of it when the write has ended.</summary>
    public async ValueTask<Turn> EnterAsync(CancellationToken cancellationToken)
    {
        if (!isSqlite)
        {
            return default;
        }

        await _turn.WaitAsync(cancellationToken);
        return new Turn(_turn);
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    /// <summary>A write's turn.</summary>
    public readonly struct Turn : IDisposable
    {
        private readonly SemaphoreSlim? _held;

        internal Turn(SemaphoreSlim held) => _held = held;

        /// <inheritdoc/>
        public void Dispose() => _held?.Release();
    }
}
