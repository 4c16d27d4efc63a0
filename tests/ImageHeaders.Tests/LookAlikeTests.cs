using System.Text;

namespace ImageToText.ImageHeaders.Tests;

public sealed class LookAlikeTests
{
    [Theory]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>", "an SVG drawing")]
    [InlineData("<?xml version=\"1.0\"?>\n<!-- drawn by hand -->\n<svg/>", "an SVG drawing")]
    [InlineData("\n <!DOCTYPE HTML><title>Not found</title>", "an HTML page")]
    [InlineData("<html><body>502 Bad Gateway</body></html>", "an HTML page")]
    [InlineData("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "an XML or HTML document")]
    [InlineData("{\"error\": \"not found\"}", "a JSON document")]
    [InlineData("data:image/png;base64,iVBORw0KGgo=", "a data URL as text")]
    [InlineData("/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAUDBAQEAwUEBAQFBQUG", "a picture in base64")]
    [InlineData("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ", "a picture in base64")]
    [InlineData("%PDF-1.7\n%âãÏÓ\n1 0 obj", "a PDF document")]
    [InlineData("%!PS-Adobe-3.0 EPSF-3.0", "a PostScript document")]
    [InlineData("GIF88a and nothing else", "plain text")]
    [InlineData("RIFF\u0001\u0001\0\0WAVEfmt ", "a RIFF file that is not WebP")]
    [InlineData("PK\u0003\u0004\u0014\0\u0006\0", "a ZIP archive")]
    [InlineData("\0\0\0\u0014ftypmp42\0\0\0\0isom", "an MP4 or QuickTime video")]
    [InlineData("\0\0\0\u0014ftypcrx \0\0\0\0crx ", "a camera's raw picture")]
    [InlineData("\u00ff\u00d8\0\0\0", "a JPEG picture whose first marker is damaged")]
    [InlineData("\0\0\u0002\0\u0001\0\u0010\u0010", "a cursor")]
    [InlineData("\u001a\u0045\u00df\u00a3\u0001", "a Matroska or WebM video")]
    [InlineData("\u0001\u0002\u0003\u0004\u0005\u0006\u0007", "bytes of no known picture format")]
    public void A_file_that_is_not_a_picture_is_called_by_its_name(string latin, string name)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(latin);
        var result = ImageHeaderReader.Read(bytes, isComplete: true);
        Assert.Equal(ImageHeaderStatus.Unsupported, result.Status);
        Assert.Null(result.Format);
        Assert.StartsWith(name, result.Reason, StringComparison.Ordinal);

        // The same holds as soon as the signature is complete, without waiting for the rest.
        byte[] upload = new byte[4096];
        upload.AsSpan().Fill((byte)' ');
        bytes.CopyTo(upload, 0);
        Assert.Equal(ImageHeaderStatus.Unsupported, ImageHeaderReader.Read(upload, isComplete: false).Status);
    }

    [Theory]
    [InlineData("\u00ff\u00d8\u00ff\u00e0", ImageFormat.Jpeg)]
    [InlineData("\u0089PNG\r\n\u001a\n", ImageFormat.Png)]
    [InlineData("GIF89a", ImageFormat.Gif)]
    [InlineData("RIFF\0\0\0\0WEBPVP8 ", ImageFormat.WebP)]
    [InlineData("BM", ImageFormat.Bmp)]
    [InlineData("II*\0\u0008\0\0\0", ImageFormat.Tiff)]
    [InlineData("\0\0\0\u0018ftypmif1\0\0\0\0mif1avif", ImageFormat.Avif)]
    [InlineData("\0\0\0\u0018ftypheic\0\0\0\0mif1heic", ImageFormat.Heic)]
    [InlineData("\0\0\0\u0018ftypmif1\0\0\0\0mif1heic", ImageFormat.Heic)]
    [InlineData("\0\0\0\u000cJXL \r\n\u0087\n", ImageFormat.JpegXl)]
    [InlineData("\u00ff\u000a\u00fa\u001f", ImageFormat.JpegXl)]
    [InlineData("\0\0\0\u000cjP  \r\n\u0087\n", ImageFormat.Jpeg2000)]
    [InlineData("\u00ff\u004f\u00ff\u0051\0\u002f", ImageFormat.Jpeg2000)]
    [InlineData("8BPS\0\u0001\0\0\0\0\0\0\0\u0003", ImageFormat.Psd)]
    [InlineData("P6\n640", ImageFormat.Pnm)]
    public void A_signature_alone_is_a_truncated_picture(string latin, ImageFormat format)
    {
        var result = ImageHeaderReader.Read(Encoding.Latin1.GetBytes(latin), isComplete: true);
        Assert.Equal((ImageHeaderStatus.Damaged, format), (result.Status, result.Format!.Value));
        Assert.NotNull(result.Reason);
    }
}
