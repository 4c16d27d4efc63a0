using System.Security.Cryptography;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Preprocessing.Decoding;

namespace ImageToText.Captioning.Tests.Preprocessing;

/// <summary>JPEGs as cameras, phones, editors and broken transfers leave them. Hashes are of Pillow's pixels.</summary>
public sealed class CameraJpegTests
{
    private const byte App1 = 0xE1;
    private const byte App2 = 0xE2;
    private const byte StartOfScan = 0xDA;

    [Theory]
    [InlineData("baseline-420.jpg")]
    [InlineData("progressive.jpg")]
    public void A_lacking_end_marker_costs_nothing_and_is_told(string name)
    {
        byte[] file = ReferencePictures.Bytes(name);
        Assert.Equal([0xFF, 0xD9], file[^2..]);
        var (rgb, warning) = Decode(file[..^2]);
        Assert.Equal(ReferencePictures.Named(name).RgbSha256, Hash(rgb));
        Assert.Equal("The JPEG picture lacks its end marker. All of its rows are there.", warning);
    }

    [Theory]
    [InlineData("baseline-420.jpg")]
    [InlineData("progressive.jpg")]
    public void Junk_after_the_end_is_ignored(string name)
    {
        byte[] file = [.. ReferencePictures.Bytes(name), .. new byte[3000], .. "trailing"u8];
        Assert.Equal((ReferencePictures.Named(name).RgbSha256, null), (Hash(Decode(file).Rgb), Decode(file).Warning));
    }

    [Fact]
    public void A_second_picture_after_the_first_is_its_gain_map()
    {
        byte[] first = ReferencePictures.Bytes("baseline-420.jpg");
        byte[] index = [.. "MPF\0"u8, .. "MM\0*\0\0\0\x08\0\0"u8];
        byte[] file = [.. WithSegment(first, App2, index), .. ReferencePictures.Bytes("gray.jpg")];
        Assert.Equal((ReferencePictures.Named("baseline-420.jpg").RgbSha256, null), (Hash(Decode(file).Rgb), Decode(file).Warning));
    }

    [Fact]
    public void Invalid_parameters_of_the_scan_are_passed_over()
    {
        byte[] file = ReferencePictures.Bytes("baseline-420.jpg");
        int scan = file.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, StartOfScan]);
        file.AsSpan(scan + 5 + (2 * file[scan + 4]), 3).Clear();
        Assert.Equal((ReferencePictures.Named("baseline-420.jpg").RgbSha256, null), (Hash(Decode(file).Rgb), Decode(file).Warning));
    }

    [Fact]
    public void A_wrong_restart_marker_is_passed_over_as_Pillow_does()
    {
        byte[] file = ReferencePictures.Bytes("restart-markers.jpg");
        int marker = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD1]);
        file[marker + 1] = 0xD3;
        var (rgb, warning) = Decode(file);
        Assert.Equal(("40d461c3abd8e3635791e1c48f0a4746b2dcbae353f8dbdafbaad8313ed1dfd8", null), (Hash(rgb), warning));
    }

    [Fact]
    public void An_early_end_passes_after_nine_tenths_of_the_rows()
    {
        byte[] file = ReferencePictures.Bytes("large.jpg");
        byte[] whole = Decode(file).Rgb;
        var (rgb, warning) = Decode(file[..(file.Length * 97 / 100)]);
        Assert.True(rgb.AsSpan(0, rgb.Length * 9 / 10).SequenceEqual(whole.AsSpan(0, rgb.Length * 9 / 10)));
        Assert.False(rgb.AsSpan().SequenceEqual(whole));
        Assert.Matches("^The JPEG picture ends early: 1,[89]\\d\\d of its 1,946 rows are whole, the others may be gray\\.$", warning);

        foreach (int percent in (int[])[5, 50, 80])
        {
            var refusal = Assert.Throws<ImageException>(() => Decode(file[..(file.Length * percent / 100)]));
            Assert.Equal(ImageFault.Corrupt, refusal.Fault);
        }
    }

    [Fact]
    public void A_picture_in_passes_passes_once_its_last_one_has_begun()
    {
        byte[] file = ReferencePictures.Bytes("progressive.jpg");
        int last = file.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, StartOfScan]);
        Assert.Equal("The JPEG picture ends early, in its last pass. Fine details may be missing.", Decode(file[..(last + 60)]).Warning);
        Assert.Equal(ImageFault.Corrupt, Assert.Throws<ImageException>(() => Decode(file[..last])).Fault);
    }

    // As written by Adobe's programs, with another transform (YCCK), and without Adobe's marker: always inverted.
    [Theory]
    [InlineData(0, "8f69ca89316735cb9af40de47514cc791fea50ab976017be0359e675197890a4")]
    [InlineData(2, "5f69cd6d7cad4557b7ce9d81b447b5abf32fe105c0cd65b3ac4c4fcc38a94fc2")]
    [InlineData(null, "8f69ca89316735cb9af40de47514cc791fea50ab976017be0359e675197890a4")]
    public void Inks_are_shown_as_Pillow_shows_them(int? transform, string sha256)
    {
        byte[] file = ReferencePictures.Bytes("cmyk.jpg");
        int name = file.AsSpan().IndexOf("Adobe"u8);
        if (transform is { } value)
        {
            file[name + 11] = (byte)value;
        }
        else
        {
            file = [.. file.AsSpan(0, name - 4), .. file.AsSpan(name + 12)];
        }

        Assert.Equal(sha256, Hash(Decode(file).Rgb));
    }

    [Theory]
    [InlineData(6, 3)]
    [InlineData(1, 6)]
    [InlineData(null, 6)]
    public void Of_two_Exif_blocks_the_first_counts(int? first, int? second)
    {
        byte[] plain = ReferencePictures.Bytes("baseline-420.jpg");
        byte[] file = WithSegment(WithSegment(plain, App1, Exif(second)), App1, Exif(first));
        var header = PictureHeader.Read(file, new ImageLimits());
        Assert.Equal(first ?? 1, (int)header.Orientation);
    }

    private static byte[] Exif(int? orientation) =>
        orientation is { } value
            ? [.. "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"u8, (byte)value, 0, 0, 0, 0, 0, 0, 0]
            : [.. "Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"u8];

    private static byte[] WithSegment(byte[] file, byte marker, byte[] content) =>
        [.. file.AsSpan(0, 2), 0xFF, marker, (byte)((content.Length + 2) >> 8), (byte)(content.Length + 2), .. content, .. file.AsSpan(2)];

    private static string Hash(byte[] rgb) => Convert.ToHexStringLower(SHA256.HashData(rgb));

    private static (byte[] Rgb, string? Warning) Decode(byte[] file)
    {
        using var decoder = PictureDecoder.Open(file, PictureHeader.Read(file, new ImageLimits()), PixelChoices.Pillow);
        return (UprightPixels.Of(decoder, stripRows: 64).Rgb, decoder.Warning);
    }
}
