using System.Buffers.Binary;

namespace ImageToText.ImageHeaders.Formats;

/// <summary>The formats of cameras, editors and desktops that are met less often, by their first bytes.</summary>
internal static class OtherFormats
{
    /// <summary>The format; null: none of them.</summary>
    public static ImageFormat? Of(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]) || start.StartsWith("\0\0\0\x0CJXL "u8) ? ImageFormat.JpegXl
        : start.StartsWith("\0\0\0\x0CjP  "u8) || start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51]) ? ImageFormat.Jpeg2000
        : start.StartsWith("8BPS\0\x01"u8) || start.StartsWith("8BPS\0\x02"u8) ? ImageFormat.Psd
        : IsIcon(start) ? ImageFormat.Ico
        : IsPnm(start) ? ImageFormat.Pnm
        : IsTarga(start) ? ImageFormat.Tga
        : null;

    // Reserved, type 1, at least one picture, whose entry begins with a reserved zero after its colours.
    private static bool IsIcon(ReadOnlySpan<byte> start) =>
        start.Length >= 22 && start.StartsWith("\0\0\x01\0"u8) && BinaryPrimitives.ReadUInt16LittleEndian(start[4..]) > 0 && start[9] == 0;

    // P1 to P6 and a space.
    private static bool IsPnm(ReadOnlySpan<byte> start) =>
        start.Length >= 3 && start[0] == 'P' && start[1] is >= (byte)'1' and <= (byte)'6' && start[2] is 9 or 10 or 13 or 32 or 35;

    // TGA has no signature, but its header leaves little choice: kind of picture, no palette, bits a pixel.
    private static bool IsTarga(ReadOnlySpan<byte> start) =>
        start.Length >= 18
        && start[1] == 0
        && start[2] is 2 or 3 or 10 or 11
        && start[3..8].IndexOfAnyExcept((byte)0) < 0
        && start[12..14].IndexOfAnyExcept((byte)0) >= 0
        && start[14..16].IndexOfAnyExcept((byte)0) >= 0
        && start[16] is 8 or 15 or 16 or 24 or 32;
}
