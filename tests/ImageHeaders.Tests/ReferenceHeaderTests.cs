namespace ImageToText.ImageHeaders.Tests;

public sealed class ReferenceHeaderTests
{
    public static TheoryData<string> Pictures => [.. ReferencePictures.All.Select(picture => picture.File)];

    [Theory, MemberData(nameof(Pictures))]
    public void Format_and_upright_size_match_the_reference(string file)
    {
        var reference = ReferencePictures.Named(file);
        var result = ImageHeaderReader.Read(ReferencePictures.Bytes(file), isComplete: true);
        Assert.Equal(ImageHeaderStatus.Found, result.Status);
        Assert.Equal(FormatOf(file), result.Header.Format);
        Assert.Equal((reference.Width, reference.Height), (result.Header.Width, result.Header.Height));
        Assert.Equal((long)reference.Width * reference.Height, result.Header.Pixels);
    }

    [Theory, MemberData(nameof(Pictures))]
    public void A_reader_that_knows_how_much_to_bring_needs_few_calls(string file)
    {
        byte[] bytes = ReferencePictures.Bytes(file);
        var whole = ImageHeaderReader.Read(bytes, isComplete: true).Header;
        long have = 0;
        for (int visit = 0; ; visit++)
        {
            Assert.InRange(visit, 0, 24);
            var result = ImageHeaderReader.Read(bytes.AsSpan(0, (int)have), isComplete: have == bytes.Length);
            if (result.Status == ImageHeaderStatus.Found)
            {
                Assert.Equal(whole, result.Header);
                break;
            }

            Assert.Equal(ImageHeaderStatus.NeedMoreBytes, result.Status);
            Assert.True(result.BytesNeeded > have, $"{have} bytes were available and {result.BytesNeeded} were requested.");
            have = Math.Min(result.BytesNeeded, bytes.Length);
        }
    }

    [Theory, MemberData(nameof(Pictures))]
    public void Any_first_bytes_give_the_same_header_or_ask_for_more(string file)
    {
        byte[] bytes = ReferencePictures.Bytes(file);
        var whole = ImageHeaderReader.Read(bytes, isComplete: true).Header;
        bool isFound = false;
        for (int length = 0; length < bytes.Length; length += length < 4096 ? 1 : 97)
        {
            var result = ImageHeaderReader.Read(bytes.AsSpan(0, length), isComplete: false);
            if (result.Status == ImageHeaderStatus.Found)
            {
                Assert.Equal(whole, result.Header);
                isFound = true;
            }
            else
            {
                Assert.False(isFound, "More bytes lost a header that was already found.");
                Assert.Equal(ImageHeaderStatus.NeedMoreBytes, result.Status);
                Assert.True(result.BytesNeeded > length);
            }
        }
    }

    [Theory, MemberData(nameof(Pictures))]
    public void A_file_cut_anywhere_is_recognized_or_reported_as_damaged(string file)
    {
        byte[] bytes = ReferencePictures.Bytes(file);
        for (int length = 1; length < bytes.Length; length += length < 2048 ? 1 : 997)
        {
            var result = ImageHeaderReader.Read(bytes.AsSpan(0, length), isComplete: true);
            Assert.NotEqual(ImageHeaderStatus.NeedMoreBytes, result.Status);
            Assert.Equal(result.Status == ImageHeaderStatus.Found, result.Reason is null);
        }
    }

    [Theory]
    [InlineData("baseline-420.jpg", 1024)]
    [InlineData("large.jpg", 1024)]
    [InlineData("rgb.png", 64)]
    [InlineData("still.gif", 1024)]
    [InlineData("lossy.webp", 32)]
    [InlineData("lossless.webp", 32)]
    [InlineData("rgb24.bmp", 32)]
    [InlineData("photo.avif", 1024)]
    public void The_header_is_at_the_start(string file, int bytes) =>
        Assert.Equal(
            ImageHeaderStatus.Found,
            ImageHeaderReader.Read(ReferencePictures.Bytes(file).AsSpan(0, bytes), isComplete: false).Status
        );

    [Fact]
    public void Every_bad_file_has_a_case() => Assert.Equal(ReferencePictures.BadFiles, BadFiles.Select(row => row.Data.Item1).Order());

    public static TheoryData<string, ImageHeaderStatus, string> BadFiles =>
        new()
        {
            // Valid headers with invalid pixels, which only decoding or the size reveals.
            { "bomb-30000x30000.png", ImageHeaderStatus.Found, "30000 x 30000" },
            { "corrupt-data.png", ImageHeaderStatus.Found, "" },
            { "header-only.png", ImageHeaderStatus.Found, "" },
            { "huge-claim.bmp", ImageHeaderStatus.Found, "" },
            { "truncated-baseline-420.jpg", ImageHeaderStatus.Found, "" },
            { "truncated-lossy.webp", ImageHeaderStatus.Found, "" },
            { "truncated-progressive.jpg", ImageHeaderStatus.Found, "" },
            { "truncated-rgb.png", ImageHeaderStatus.Found, "" },
            { "truncated-rgb24.bmp", ImageHeaderStatus.Found, "" },
            { "truncated-still.gif", ImageHeaderStatus.Found, "" },
            { "empty.jpg", ImageHeaderStatus.Unsupported, "an empty file" },
            { "drawing.svg", ImageHeaderStatus.Unsupported, "an SVG drawing" },
            { "page.html", ImageHeaderStatus.Unsupported, "an HTML page" },
            { "text.png", ImageHeaderStatus.Unsupported, "plain text" },
            { "noise.jpg", ImageHeaderStatus.Damaged, "" },
            { "header-only.jpg", ImageHeaderStatus.Damaged, "it ends before its header does" },
            { "truncated-lzw.tiff", ImageHeaderStatus.Damaged, "it ends before its header does" },
            { "zero-size.png", ImageHeaderStatus.Damaged, "its width or height is zero" },
        };

    [Theory, MemberData(nameof(BadFiles))]
    public void A_bad_file_is_reported_as_far_as_its_header_shows(string file, ImageHeaderStatus status, string says)
    {
        var result = ImageHeaderReader.Read(ReferencePictures.BadBytes(file), isComplete: true);
        Assert.Equal(status, result.Status);
        Assert.Contains(says, result.Reason ?? $"{result.Header.Width} x {result.Header.Height}", StringComparison.Ordinal);
    }

    private static ImageFormat FormatOf(string file) =>
        Path.GetExtension(file) switch
        {
            ".jpg" => ImageFormat.Jpeg,
            ".png" => ImageFormat.Png,
            ".gif" => ImageFormat.Gif,
            ".webp" => ImageFormat.WebP,
            ".bmp" => ImageFormat.Bmp,
            ".tiff" => ImageFormat.Tiff,
            _ => ImageFormat.Avif,
        };
}
