using NetVips;

namespace ImageToText.Bench.Load;

/// <summary>
/// Photographs of very different sizes, all different, so that no cache knows them: windows of other photographs, from 64 to 3,000
/// pixels wide, about as many between 100 and 200 as between 1,000 and 2,000.
/// </summary>
internal sealed class MixedPictures
{
    private const double Least = 64;
    private const double Most = 3_000;
    private const double WidestShape = 2;
    private const int Quality = 80;

    private readonly string[] _photos;
    private readonly int _seed;

    /// <summary>Prepares pictures.</summary>
    /// <param name="photos">What they are made from; null: the samples.</param>
    /// <param name="seed">Where chance begins.</param>
    /// <exception cref="InvalidDataException">The folder has no JPEG files.</exception>
    public MixedPictures(DirectoryInfo? photos, int seed)
    {
        string folder = photos?.FullName ?? Path.Combine(AppContext.BaseDirectory, "samples");
        _photos = [.. Directory.EnumerateFiles(folder, "*.jpg").Order(StringComparer.Ordinal)];
        _seed = seed;
        if (_photos.Length == 0)
        {
            throw new InvalidDataException($"{folder} has no *.jpg files to make pictures from.");
        }
    }

    /// <summary>Makes the picture with this number, as a JPEG file; it is the same every time.</summary>
    public byte[] Make(int number)
    {
        var random = new Random(HashCode.Combine(_seed, number));
        using var photo = Image.NewFromFile(_photos[number % _photos.Length]);
        int across = random.Next(photo.Width / 2, photo.Width + 1);
        int down = random.Next(photo.Height / 2, photo.Height + 1);
        using var part = photo.Crop(random.Next(photo.Width - across + 1), random.Next(photo.Height - down + 1), across, down);
        double width = Least * Math.Pow(Most / Least, random.NextDouble());
        double shape = Math.Pow(WidestShape, (2 * random.NextDouble()) - 1);
        using var sized = part.ThumbnailImage((int)width, height: Math.Max(1, (int)(width / shape)), size: Enums.Size.Force);
        return sized.JpegsaveBuffer(q: Quality, keep: Enums.ForeignKeep.None);
    }
}
