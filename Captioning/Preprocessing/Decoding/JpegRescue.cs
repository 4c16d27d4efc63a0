using System.Globalization;
using ImageToText.ImageHeaders;
using NetVips;

namespace ImageToText.Captioning.Preprocessing.Decoding;

/// <summary>Decides whether a JPEG that ends early still shows enough: cameras and transfers lose last bytes.</summary>
internal static class JpegRescue
{
    /// <summary>Per cent of the rows that must be there.</summary>
    public const int LeastRows = 90;

    // The fewest rows that a decoder hands over.
    private const int Step = 8;

    private const string LacksEnd = "The JPEG picture lacks its end marker. All of its rows are there.";

    /// <summary>What is missing of a file whose rows were all decoded; null: nothing.</summary>
    public static string? MissingAfterAll(ReadOnlySpan<byte> file)
    {
        // Searched for from the end, so that whole files cost nothing.
        int end = file.LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]);
        return end < 0 || file[end..].IndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]) >= 0 ? LacksEnd : null;
    }

    /// <summary>What is missing, in words; null: too much.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="header">What its header says.</param>
    /// <param name="sound">Rows that were decoded without fault so far.</param>
    /// <param name="load">Opens the file, or the one given, at a level of strictness.</param>
    public static string? Missing(
        ReadOnlyMemory<byte> file,
        ImageHeader header,
        int sound,
        Func<ReadOnlyMemory<byte>, Enums.FailOn, Image> load
    )
    {
        bool hasPasses = JpegPasses.HasPasses(file.Span);
        if (hasPasses ? !JpegPasses.ReachLast(file.Span) : !HasMost(sound = SoundRows(file, sound, load), header.StoredHeight))
        {
            return null;
        }

        byte[] ended = [.. file.Span, 0xFF, 0xD9];
        return SoundRows(ended, hasPasses ? 0 : sound, (bytes, _) => load(bytes, Enums.FailOn.Warning)) == header.StoredHeight ? LacksEnd
            : hasPasses ? "The JPEG picture ends early, in its last pass. Fine details may be missing."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"The JPEG picture ends early: {sound:N0} of its {header.StoredHeight:N0} rows are whole, the others may be gray."
            );
    }

    private static bool HasMost(int rows, int height) => rows * 100L >= (long)height * LeastRows;

    // Counts on from rows that are known to be sound.
    private static int SoundRows(ReadOnlyMemory<byte> file, int first, Func<ReadOnlyMemory<byte>, Enums.FailOn, Image> load)
    {
        int row = first;
        try
        {
            using var image = load(file, Enums.FailOn.Truncated);
            using var region = Region.New(image);
            while (row < image.Height)
            {
                int rows = Math.Min(Step, image.Height - row);
                region.Fetch(0, row, image.Width, rows);
                row += rows;
            }
        }
        catch (VipsException)
        {
            // That is where the sound rows end.
        }

        return row;
    }
}
