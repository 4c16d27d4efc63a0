using System.Globalization;
using ImageToText.Standalone.PictureFiles;

namespace ImageToText.Standalone.Captions;

/// <summary>The progress of a run: how many pictures are done, and how fast.</summary>
/// <param name="pictures">How many there are.</param>
/// <param name="time">The clock.</param>
internal sealed class RunReport(int pictures, TimeProvider time)
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);
    private readonly long _start = time.GetTimestamp();
    private readonly Dictionary<PictureFault, int> _failed = [];
    private long _lastLine = time.GetTimestamp();

    /// <summary>Pictures captioned in this run.</summary>
    public int Captioned { get; private set; }

    /// <summary>Pictures skipped because they already had captions.</summary>
    public int Skipped { get; private set; }

    /// <summary>Pictures without a caption.</summary>
    public int Failed => _failed.Values.Sum();

    /// <summary>Captions per second.</summary>
    public double Rate => Captioned / Math.Max(time.GetElapsedTime(_start).TotalSeconds, 0.001);

    public void Caption() => Captioned++;

    public void Skip() => Skipped++;

    public void Fail(PictureFault fault) => _failed[fault] = _failed.GetValueOrDefault(fault) + 1;

    /// <summary>A progress line; null if the last one is less than ten seconds old.</summary>
    public string? NextLine()
    {
        int done = Captioned + Skipped + Failed;
        if (time.GetElapsedTime(_lastLine) < BetweenLines || Captioned == 0)
        {
            return null;
        }

        _lastLine = time.GetTimestamp();
        var left = TimeSpan.FromSeconds(Math.Ceiling((pictures - done) / Rate));
        return string.Create(CultureInfo.InvariantCulture, $"{done:N0} of {pictures:N0}, {Rate:0.0} captions/s, {left:c} left");
    }

    /// <summary>The final counts.</summary>
    public string Summary()
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"Captioned {Captioned:N0}, skipped {Skipped:N0}, failed {Failed:N0}");
        string kinds = string.Join(
            ", ",
            _failed
                .OrderBy(static kind => kind.Key)
                .Select(static kind => string.Create(CultureInfo.InvariantCulture, $"{Words(kind.Key)} {kind.Value:N0}"))
        );
        return kinds.Length > 0 ? $"{text} ({kinds})." : $"{text}.";
    }

    private static string Words(PictureFault fault) =>
        fault switch
        {
            PictureFault.Unreadable => "unreadable",
            PictureFault.UnknownKind => "of an unknown kind",
            PictureFault.Broken => "broken",
            _ => "not written",
        };
}
