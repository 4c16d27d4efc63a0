using ImageToText.Captioning.Preprocessing.Resizing;
using ImageToText.ImageHeaders;

namespace ImageToText.Captioning.Tests.Preprocessing;

public sealed class ResizeTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 12)];

    [Theory, MemberData(nameof(Seeds))]
    public void Any_size_in_any_orientation_is_resized_as_Pillow_does(int seed)
    {
        var random = new Random(seed);
        var orders = new HashSet<bool>();
        for (int round = 0; round < 8; round++)
        {
            int size = random.Next(1, 40);
            // Wide, tall and neither: the shape decides which pass comes first.
            var (width, height) = (round % 4) switch
            {
                0 => (random.Next(1, 160), random.Next(1, 30)),
                1 => (random.Next(1, 30), random.Next(size + 1, 260)),
                2 => (random.Next(1, 160), random.Next(1, 160)),
                _ => (size, random.Next(1, 3) * size),
            };
            foreach (var orientation in Enum.GetValues<ImageOrientation>())
            {
                var (storedWidth, storedHeight) = (int)orientation >= 5 ? (height, width) : (width, height);
                byte[] stored = new byte[width * height * 3];
                random.NextBytes(stored);
                if (round % 2 == 0)
                {
                    // Hard edges, where the filter overshoots and must be cut off.
                    for (int i = 0; i < stored.Length; i++)
                    {
                        stored[i] = stored[i] < 128 ? (byte)0 : (byte)255;
                    }
                }

                var picture = UprightPixels.Of(stored, storedWidth, storedHeight, orientation);
                bool downFirst = PillowBicubic.GoesVerticalFirst(width, height, size);
                orders.Add(downFirst);
                byte[] expected = PillowBicubic.Resize(picture, size, downFirst);
                byte[] actual = new byte[size * size * 3];
                using var resize = StreamingResize.Create(storedWidth, storedHeight, orientation, size);
                for (int row = 0; row < storedHeight; )
                {
                    int rows = Math.Min(random.Next(1, 24), storedHeight - row);
                    resize.Add(stored.AsSpan(row * storedWidth * 3, rows * storedWidth * 3), rows);
                    row += rows;
                }

                resize.Finish(actual);
                Assert.True(
                    expected.AsSpan().SequenceEqual(actual),
                    $"{width} x {height} to {size}, {orientation}, down first: {downFirst}: "
                        + $"{expected.Zip(actual).Count(pair => pair.First != pair.Second)} bytes differ."
                );
            }
        }

        Assert.Equal(2, orders.Count);
    }

    [Theory, MemberData(nameof(Seeds))]
    public void Rows_are_resampled_alike_with_and_without_SIMD(int seed)
    {
        var random = new Random(seed);
        var (width, size, rows) = (seed < 4 ? seed + 1 : random.Next(1, 700), random.Next(1, 200), random.Next(1, 20));
        byte[] input = new byte[width * rows * 3];
        random.NextBytes(input);
        using var resampler = new RowResampler(new BicubicKernel(width, size));
        byte[] together = new byte[size * rows * 3];
        resampler.Resample(input, together, rows);

        // A single row takes the plain path, because vectors work on blocks of rows.
        byte[] alone = new byte[size * rows * 3];
        for (int row = 0; row < rows; row++)
        {
            resampler.Resample(input.AsSpan(row * width * 3, width * 3), alone.AsSpan(row * size * 3, size * 3), 1);
        }

        Assert.Equal(alone, together);
    }

    [Theory, MemberData(nameof(Seeds))]
    public void Rows_are_blended_alike_with_and_without_SIMD(int seed)
    {
        var random = new Random(seed);
        var (height, size, rowBytes) = (random.Next(1, 300), random.Next(1, 100), random.Next(1, 400));
        byte[] rows = new byte[height * rowBytes];
        random.NextBytes(rows);
        var kernel = new BicubicKernel(height, size);
        for (int output = 0; output < size; output++)
        {
            byte[] whole = new byte[rowBytes];
            RowBlender.Blend(rows, height, kernel.First(output), 1, rowBytes, kernel.Weights(output), whole);

            // A single column takes the plain path, because vectors work on sixteen bytes.
            for (int at = 0; at < rowBytes; at += 7)
            {
                byte[] column = Enumerable.Range(0, height).Select(row => rows[(row * rowBytes) + at]).ToArray();
                byte[] blended = new byte[1];
                RowBlender.Blend(column, height, kernel.First(output), 1, 1, kernel.Weights(output), blended);
                Assert.Equal(blended[0], whole[at]);
            }
        }
    }
}

/// <summary>
/// Pillow's bicubic resize, written for clarity: each output sample sums its input samples with 22-bit weights and is rounded to
/// a byte, one direction after the other.
/// </summary>
internal static class PillowBicubic
{
    public static bool GoesVerticalFirst(int width, int height, int size) => height > size && height - size > 2 * (width - size);

    public static byte[] Resize(UprightPixels picture, int size, bool downFirst)
    {
        var (width, height) = (picture.Width, picture.Height);
        if (downFirst)
        {
            // [width, size, 3]: the columns, shortened.
            byte[] columns = Pass(height, size, (line, at, channel) => picture.Rgb[(((at * width) + line) * 3) + channel], width);
            return Pass(width, size, (line, at, channel) => columns[(((at * size) + line) * 3) + channel], size);
        }

        // [height, size, 3]: the rows, shortened; then [size, size, 3] with columns as lines.
        byte[] rows = Pass(width, size, (line, at, channel) => picture.Rgb[(((line * width) + at) * 3) + channel], height);
        byte[] turned = Pass(height, size, (line, at, channel) => rows[(((at * size) + line) * 3) + channel], size);
        return UprightPixels.Of(turned, size, size, ImageOrientation.Transposed).Rgb;
    }

    /// <summary>Resamples each line of input samples; the result is [lines, outputs, 3].</summary>
    private static byte[] Pass(int inputs, int outputs, Func<int, int, int, byte> sample, int lines)
    {
        byte[] result = new byte[lines * outputs * 3];
        double scale = (double)inputs / outputs;
        double stretch = Math.Max(1, scale);
        for (int output = 0; output < outputs; output++)
        {
            double center = (output + 0.5) * scale;
            int from = (int)Math.Max(0, Math.Truncate(center - (2 * stretch) + 0.5));
            int to = (int)Math.Min(inputs, Math.Truncate(center + (2 * stretch) + 0.5));
            double[] weights = Enumerable.Range(from, to - from).Select(at => Keys((at - center + 0.5) * (1 / stretch))).ToArray();
            double sum = 0.0;
            foreach (double weight in weights)
            {
                sum += weight;
            }

            long[] whole = weights
                .Select(weight => (long)Math.Truncate((weight / sum * (1 << 22)) + (weight / sum < 0 ? -0.5 : 0.5)))
                .ToArray();
            for (int line = 0; line < lines; line++)
            {
                for (int channel = 0; channel < 3; channel++)
                {
                    long total = 1L << 21;
                    for (int tap = 0; tap < whole.Length; tap++)
                    {
                        total += whole[tap] * sample(line, from + tap, channel);
                    }

                    result[(((line * outputs) + output) * 3) + channel] = (byte)Math.Clamp(total >> 22, 0, 255);
                }
            }
        }

        return result;
    }

    private static double Keys(double x)
    {
        const double a = -0.5;
        x = Math.Abs(x);
        return x < 1 ? ((((a + 2) * x) - (a + 3)) * x * x) + 1
            : x < 2 ? ((((x - 5) * x) + 8) * x - 4) * a
            : 0;
    }
}
