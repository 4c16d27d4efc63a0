using System.Buffers;
using System.Globalization;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Jobs.Files;

/// <summary>
/// Takes a file of requests in as it arrives: writes it down, and checks each line on the way. A line that can't be run is noted,
/// and fails by itself when the job runs.
/// </summary>
internal sealed class LineCheck(Stream file, Stream index, int mostLines, int longestLine) : IDisposable
{
    private const int MostNamed = 10;
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly List<string> _named = [];
    private byte[] _line = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private int _length;
    private long _lineStart;
    private int _number;
    private bool _isTooLong;

    /// <summary>Bytes taken in.</summary>
    public long Bytes { get; private set; }

    /// <summary>Lines that hold something.</summary>
    public int Lines { get; private set; }

    /// <summary>How many of them can't be run.</summary>
    public int Faulty { get; private set; }

    /// <summary>Names the first lines that can't be run; null: all can.</summary>
    public string? Details =>
        Faulty == 0
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{Faulty} of {Lines} lines can't be run. ")
                + string.Join(' ', _named)
                + (Faulty > MostNamed ? " …" : "");

    /// <summary>Takes in the next bytes.</summary>
    /// <exception cref="RefusalException">413: there are too many lines.</exception>
    public async ValueTask AddAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await file.WriteAsync(bytes, cancellationToken);
        Scan(bytes.Span);
        // A stream that can't write at once has kept the entries.
        await index.FlushAsync(cancellationToken);
    }

    /// <summary>Ends the last line.</summary>
    public void Complete()
    {
        EndLine();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_line);
        _line = [];
    }

    private void Scan(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)'\n');
            var part = end < 0 ? bytes : bytes[..end];
            Append(part);
            Bytes += part.Length;
            if (end < 0)
            {
                return;
            }

            EndLine();
            Bytes++;
            _lineStart = Bytes;
            bytes = bytes[(end + 1)..];
        }
    }

    private void Append(ReadOnlySpan<byte> part)
    {
        if (_isTooLong || _length + part.Length > longestLine)
        {
            _isTooLong = true;
            _length = 0;
            return;
        }

        if (_length + part.Length > _line.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_line.Length * 2, _length + part.Length));
            _line.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_line);
            _line = larger;
        }

        part.CopyTo(_line.AsSpan(_length));
        _length += part.Length;
    }

    private void EndLine()
    {
        _number++;
        var line = _line.AsSpan(0, _length);
        // Some editors begin a file with a mark that says how it is encoded.
        int skipped = _number == 1 && line.StartsWith("\uFEFF"u8) ? 3 : 0;
        line = line[skipped..].TrimEnd(" \t\r"u8);
        if (!_isTooLong && line.Trim(" \t"u8).IsEmpty)
        {
            _length = 0;
            return;
        }

        if (Lines == mostLines)
        {
            throw Refusals.TooManyLines(mostLines);
        }

        var fault =
            _isTooLong ? LineFault.TooLong
            : RequestLine.Read(line, out var read) is var found && found != LineFault.None ? found
            : _ids.Add(read.CustomId!) ? LineFault.None
            : LineFault.RepeatedId;
        if (fault != LineFault.None)
        {
            Faulty++;
            if (_named.Count < MostNamed)
            {
                _named.Add(string.Create(CultureInfo.InvariantCulture, $"Line {_number} {fault.Explain()}"));
            }
        }

        LineIndex.Write(index, new LinePlace(_lineStart + skipped, _isTooLong ? 0 : line.Length, _number, fault));
        Lines++;
        _length = 0;
        _isTooLong = false;
    }
}
