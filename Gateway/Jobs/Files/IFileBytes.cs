namespace ImageToText.Gateway.Jobs.Files;

/// <summary>Where the bytes of files are kept, by name.</summary>
internal interface IFileBytes
{
    /// <summary>Writes bytes in place of earlier ones. Readers find all of them or none.</summary>
    Task WriteAsync(string name, Func<Stream, Task> write, CancellationToken cancellationToken);

    /// <summary>Opens bytes for reading, from wherever the reader likes.</summary>
    /// <exception cref="FileNotFoundException">There are none.</exception>
    Task<Stream> OpenAsync(string name, CancellationToken cancellationToken);

    /// <summary>Whether there are bytes with this name.</summary>
    Task<bool> ExistAsync(string name, CancellationToken cancellationToken);

    /// <summary>Removes bytes, if there are any.</summary>
    Task RemoveAsync(string name, CancellationToken cancellationToken);

    /// <summary>Removes what was begun before a time and never became whole, because its gateway was killed.</summary>
    /// <param name="before">The time; seconds since 1970.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    Task SweepAsync(long before, CancellationToken cancellationToken);

    /// <summary>The names of what became whole before a time.</summary>
    /// <param name="before">The time; seconds since 1970.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    Task<IReadOnlyList<string>> OldAsync(long before, CancellationToken cancellationToken);
}
