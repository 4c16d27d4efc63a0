using ImageToText.Captioning.Preprocessing;

namespace ImageToText.Captioning.Tests.Preprocessing;

public sealed class PictureRefusalTests
{
    private static readonly int Mutants = Mutation.CountOr(12);

    public static TheoryData<string> Pictures => [.. ReferencePictures.All.Select(picture => picture.File)];

    public static TheoryData<string, ImageFault, string> BadFiles =>
        new()
        {
            { "bomb-30000x30000.png", ImageFault.TooLarge, "30,000 x 30,000 = 900,000,000 pixels; at most 200,000,000" },
            { "corrupt-data.png", ImageFault.Corrupt, "its data is corrupt" },
            { "drawing.svg", ImageFault.UnsupportedFormat, "an SVG drawing" },
            { "empty.jpg", ImageFault.Empty, "empty" },
            { "header-only.jpg", ImageFault.Corrupt, "it ends before its header does" },
            { "header-only.png", ImageFault.Corrupt, "it ends early, after 33 of at least 45 bytes" },
            { "huge-claim.bmp", ImageFault.TooLarge, "pixels; at most" },
            { "noise.jpg", ImageFault.Corrupt, "JPEG" },
            { "page.html", ImageFault.UnsupportedFormat, "an HTML page" },
            { "text.png", ImageFault.UnsupportedFormat, "plain text" },
            { "truncated-baseline-420.jpg", ImageFault.Corrupt, "ends early" },
            { "truncated-lossy.webp", ImageFault.Corrupt, "it ends early, after 6,578 of at least" },
            { "truncated-lzw.tiff", ImageFault.Corrupt, "it ends before its header does" },
            { "truncated-progressive.jpg", ImageFault.Corrupt, "ends early" },
            { "truncated-rgb.png", ImageFault.Corrupt, "it ends early, after 45,563 of at least" },
            { "truncated-rgb24.bmp", ImageFault.Corrupt, "its pixels need 42,294 bytes and the file has 22,044" },
            { "truncated-still.gif", ImageFault.Corrupt, "ends early" },
            { "zero-size.png", ImageFault.Corrupt, "its width or height is zero" },
        };

    [Fact]
    public void Every_bad_file_has_a_case() => Assert.Equal(ReferencePictures.BadFiles, BadFiles.Select(row => row.Data.Item1).Order());

    [Theory, MemberData(nameof(BadFiles))]
    public void A_bad_file_is_refused_with_its_cause(string file, ImageFault fault, string cause)
    {
        var exception = Assert.Throws<ImageException>(() => Read(ReferencePictures.BadBytes(file)));
        Assert.Equal(fault, exception.Fault);
        Assert.Contains(cause, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        TestContext.Current.TestOutputHelper?.WriteLine(exception.Message);
    }

    [Fact]
    public void Limits_are_the_service_s_promise()
    {
        var limits = new ImageLimits();
        Assert.Equal((50L * 1024 * 1024, 32_768, 200_000_000L), (limits.MaxBytes, limits.MaxSide, limits.MaxPixels));
    }

    [Theory]
    [InlineData(64L << 30, 200_000_000)]
    [InlineData(2L << 30, 134_217_728)]
    public void A_node_with_little_memory_takes_fewer_pixels(long memory, long pixels) =>
        Assert.Equal(pixels, ImageLimits.PixelsIn(memory));

    [Theory]
    [InlineData(12_000, 9_000)]
    [InlineData(30_000, 1_000)]
    [InlineData(1_000, 30_000)]
    public void Pictures_of_today_s_phones_and_panoramas_are_read(int width, int height)
    {
        using var image = NetVips.Image.Black(width, height);
        Read(image.PngsaveBuffer(compression: 1));
    }

    [Fact]
    public void A_refusal_names_the_limit_and_the_setting_that_raises_it()
    {
        var limits = new ImageLimits { MaxPixels = 100, PixelsSetting = "Some:Setting" };
        var exception = Assert.Throws<ImageException>(() => Read(ReferencePictures.Bytes("baseline-420.jpg"), limits));
        Assert.Contains("at most 100 (Some:Setting)", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(30_151, 400, 200_000, "30,152 bytes; at most 30,151")]
    [InlineData(30_152, 340, 200_000, "295 x 341 pixels; at most 340 per side")]
    [InlineData(30_152, 341, 100_594, "295 x 341 = 100,595 pixels; at most 100,594")]
    [InlineData(30_152, 341, 100_595, null)]
    public void A_limit_is_reached_but_not_passed(long bytes, int side, long pixels, string? refusal)
    {
        var limits = new ImageLimits
        {
            MaxBytes = bytes,
            MaxSide = side,
            MaxPixels = pixels,
        };
        byte[] file = ReferencePictures.Bytes("baseline-420.jpg");
        if (refusal is null)
        {
            Read(file, limits);
            return;
        }

        var exception = Assert.Throws<ImageException>(() => Read(file, limits));
        Assert.Equal(ImageFault.TooLarge, exception.Fault);
        Assert.Contains(refusal, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_is_read_up_to_the_limit()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        byte[] bytes = new byte[600_000];
        new Random(1).NextBytes(bytes);
        using (
            var file = await PictureFile.ReadAsync(new MemoryStream(bytes), new ImageLimits { MaxBytes = bytes.Length }, cancellationToken)
        )
        {
            Assert.True(file.Bytes.Span.SequenceEqual(bytes));
        }

        using var endless = new EndlessStream();
        var exception = await Assert.ThrowsAsync<ImageException>(async () =>
            await PictureFile.ReadAsync(endless, new ImageLimits { MaxBytes = bytes.Length }, cancellationToken)
        );
        Assert.Equal(ImageFault.TooLarge, exception.Fault);
        Assert.Contains("600,000 bytes", exception.Message, StringComparison.Ordinal);
        Assert.InRange(endless.Given, bytes.Length + 1, bytes.Length * 2L);
    }

    [Theory, MemberData(nameof(Pictures))]
    public void A_mutated_picture_is_read_or_refused(string file)
    {
        byte[] original = ReferencePictures.Bytes(file);
        var limits = new ImageLimits { MaxPixels = 4_000_000 };
        for (int seed = 0; seed < Mutants; seed++)
        {
            try
            {
                Read(Mutation.Of(original, seed), limits);
            }
            catch (ImageException exception)
            {
                Assert.NotEmpty(exception.Message);
            }
        }
    }

    [Fact]
    public void A_picture_whose_data_has_another_size_than_its_header_is_refused()
    {
        // The size of a WebP is in its VP8X chunk, and again in its frame.
        byte[] file = ReferencePictures.Bytes("alpha.webp");
        Assert.True(file.AsSpan(12, 4).SequenceEqual("VP8X"u8));
        file[24]++;
        Assert.Equal(ImageFault.Corrupt, Assert.Throws<ImageException>(() => Read(file)).Fault);
    }

    [Fact]
    public void A_cancelled_reading_stops()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() =>
            PictureReader.Read(ReferencePictures.Bytes("large.jpg"), 96, new ImageLimits(), TimeProvider.System, cancelled.Token)
        );
    }

    private static void Read(byte[] file, ImageLimits? limits = null) =>
        PictureReader.Read(file, 96, limits ?? new ImageLimits(), TimeProvider.System, TestContext.Current.CancellationToken).Dispose();

    private sealed class EndlessStream : Stream
    {
        public long Given { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => Given;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            Given += count;
            return count;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
