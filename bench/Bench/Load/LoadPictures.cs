using System.Collections.Concurrent;
using NetVips;

namespace ImageToText.Bench.Load;

/// <summary>
/// Photographs of one size, all different, so that no cache knows them: windows of varying place and size in the samples.
/// </summary>
internal sealed class LoadPictures(int seed)
{
    public const int Width = 500;
    public const int Height = 375;
    private const int Quality = 85;
    private static readonly string[] Samples = ["astronaut.jpg", "coffee.jpg", "rocket.jpg", "galaxies.jpg"];

    private readonly string[] _samples = [.. Samples.Select(static name => Path.Combine(AppContext.BaseDirectory, "samples", name))];
    private readonly HashSet<(int Sample, int Left, int Top, int Width)> _made = [];
    private readonly Random _random = new(seed);

    /// <summary>
    /// Makes a stock of pictures beforehand, because making them takes processor time away from the service. When it is used up, each next
    /// one is made as it is asked for. Several callers may take from it at once.
    /// </summary>
    public Func<byte[]> Stock(int count)
    {
        var stock = new ConcurrentQueue<byte[]>(Make(count));
        var gate = new Lock();
        return () =>
        {
            if (stock.TryDequeue(out byte[]? picture))
            {
                return picture;
            }

            lock (gate)
            {
                return Make(1)[0];
            }
        };
    }

    /// <summary>Makes more pictures, as JPEG files.</summary>
    public byte[][] Make(int count)
    {
        var windows = new (int Sample, int Left, int Top, int Width)[count];
        var sizes = _samples
            .Select(static path =>
            {
                using var image = Image.NewFromFile(path);
                return (image.Width, image.Height);
            })
            .ToArray();
        for (int i = 0; i < count; i++)
        {
            do
            {
                windows[i] = Draw(sizes);
            } while (!_made.Add(windows[i]));
        }

        byte[][] files = new byte[count][];
        Parallel.For(0, count, i => files[i] = Encode(windows[i]));
        return files;
    }

    private (int Sample, int Left, int Top, int Width) Draw((int Width, int Height)[] sizes)
    {
        int sample = _random.Next(sizes.Length);
        var (width, height) = sizes[sample];
        int widest = Math.Min(width, height * Width / Height);
        int across = _random.Next(widest * 3 / 5, widest + 1);
        return (sample, _random.Next(width - across + 1), _random.Next(height - (across * Height / Width) + 1), across);
    }

    private byte[] Encode((int Sample, int Left, int Top, int Width) window)
    {
        using var image = Image.NewFromFile(_samples[window.Sample]);
        using var part = image.Crop(window.Left, window.Top, window.Width, window.Width * Height / Width);
        using var sized = part.ThumbnailImage(Width, height: Height, size: Enums.Size.Force);
        return sized.JpegsaveBuffer(q: Quality, keep: Enums.ForeignKeep.None);
    }
}
