using System.Buffers.Binary;

namespace ImageToText.ImageHeaders.Tests;

public sealed class HostileHeaderTests
{
    private static readonly int MutantsOfEach = Mutation.CountOr(400);

    public static TheoryData<string> Pictures => [.. ReferencePictures.All.Select(picture => picture.File)];

    [Theory, MemberData(nameof(Pictures))]
    public void Mutated_pictures_give_a_result_and_never_an_exception(string file)
    {
        byte[] original = ReferencePictures.Bytes(file);
        // Mutate only the headers. Mutated pixels would show nothing.
        byte[] start = original.AsSpan(0, Math.Min(original.Length, 8192)).ToArray();
        for (int seed = 0; seed < MutantsOfEach; seed++)
        {
            byte[] mutant = Mutation.Of(start, seed);
            foreach (bool isComplete in (ReadOnlySpan<bool>)[true, false])
            {
                var result = ImageHeaderReader.Read(mutant, isComplete);
                bool isAnswer = result.Status switch
                {
                    ImageHeaderStatus.Found => result.Header is { Width: > 0, Height: > 0 }
                        && result.Header.Format == result.Format
                        && result.Header.Orientation is >= ImageOrientation.Upright and <= ImageOrientation.RotateCounterClockwise,
                    ImageHeaderStatus.NeedMoreBytes => !isComplete && result.BytesNeeded > mutant.Length,
                    ImageHeaderStatus.Damaged => result is { Reason: not null, Format: not null },
                    _ => result.Reason is not null,
                };
                Assert.True(isAnswer, $"Seed {seed}, complete: {isComplete}: {result}");
            }
        }
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0 }, "its primary picture has no size")]
    [InlineData(new byte[] { 0, 0, 0, 1 }, "it ends before its header does")]
    [InlineData(new byte[] { 0, 0, 0, 3 }, "a box's length is too small")]
    [InlineData(new byte[] { 0, 0, 0, 8 }, "its primary picture has no size")]
    [InlineData(new byte[] { 255, 255, 255, 255 }, "it ends before its header does")]
    public void An_AVIF_box_of_any_length_is_skipped_or_named(byte[] length, string reason)
    {
        byte[] file = [0, 0, 0, 16, .. "ftypavif"u8, 0, 0, 0, 0, .. length, .. "meta"u8, .. Enumerable.Repeat((byte)255, 16)];
        var result = ImageHeaderReader.Read(file, isComplete: true);
        Assert.Equal((ImageHeaderStatus.Damaged, reason), (result.Status, result.Reason));
    }

    [Fact]
    public void An_AVIF_may_name_its_brand_last_and_lie_about_the_lists_length()
    {
        byte[] file = [0, 0, 0, 48, .. "ftypmif1"u8, 0, 0, 0, 0, .. "mif1miafMA1Btmaptst1tst2tst3avif"u8, .. new byte[16]];
        Assert.Equal(48, ImageHeaderReader.Read(file.AsSpan(0, 32), isComplete: false).BytesNeeded);
        Assert.Equal(ImageFormat.Avif, ImageHeaderReader.Read(file.AsSpan(0, 48), isComplete: false).Format);
        for (int length = 0; length < 256; length++)
        {
            file[3] = (byte)length;
            Assert.NotNull(ImageHeaderReader.Read(file, isComplete: true).Reason);
        }
    }

    [Theory, MemberData(nameof(Pictures))]
    public void A_header_is_read_without_allocating(string file)
    {
        byte[] bytes = ReferencePictures.Bytes(file);
        _ = ImageHeaderReader.Read(bytes, isComplete: true);
        long before = GC.GetAllocatedBytesForCurrentThread();
        _ = ImageHeaderReader.Read(bytes, isComplete: true);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_TIFF_whose_entries_all_point_to_the_same_megabytes_is_read_once()
    {
        const int entries = 60_000;
        const int block = 64 << 20;
        byte[] file = new byte[block];
        "II*\0\b\0\0\0"u8.CopyTo(file);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(8), entries);
        for (int i = 0; i < entries; i++)
        {
            Entry(file.AsSpan(10 + (i * 12)), tag: 700, type: 7, count: block - 8, value: 8);
        }

        Entry(file.AsSpan(10), tag: 256, type: 4, count: 1, value: 20);
        Entry(file.AsSpan(22), tag: 257, type: 4, count: 1, value: 10);
        Entry(file.AsSpan(34), tag: 262, type: 3, count: 1, value: 1);
        var result = ImageHeaderReader.Read(file, isComplete: true);
        Assert.Equal((20, 10), (result.Header.Width, result.Header.Height));
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xD8 }, new byte[] { 0xFF, 0xE0, 0, 2 })]
    [InlineData(new byte[] { 0xFF, 0xD8 }, new byte[] { 0xFF, 0 })]
    [InlineData(new byte[] { 0xFF, 0xD8 }, new byte[] { 0xFF })]
    [InlineData(
        new byte[] { (byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'9', (byte)'a', 1, 0, 1, 0, 0, 0, 0 },
        new byte[] { 0x21, 0xFE, 0 }
    )]
    [InlineData(
        new byte[] { (byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'9', (byte)'a', 1, 0, 1, 0, 0, 0, 0, 0x21, 0xFE },
        new byte[] { 1, 1 }
    )]
    [InlineData(
        new byte[] { 0, 0, 0, 16, (byte)'f', (byte)'t', (byte)'y', (byte)'p', (byte)'a', (byte)'v', (byte)'i', (byte)'f', 0, 0, 0, 0 },
        new byte[] { 0, 0, 0, 8, (byte)'f', (byte)'r', (byte)'e', (byte)'e' }
    )]
    public void Endless_tiny_blocks_are_abandoned(byte[] start, byte[] crumb)
    {
        byte[] file = new byte[16 << 20];
        start.CopyTo(file, 0);
        for (int at = start.Length; at + crumb.Length <= file.Length; at += crumb.Length)
        {
            crumb.CopyTo(file, at);
        }

        var result = ImageHeaderReader.Read(file, isComplete: true);
        Assert.Equal(ImageHeaderStatus.Damaged, result.Status);
    }

    private static void Entry(Span<byte> to, ushort tag, ushort type, uint count, uint value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(to, tag);
        BinaryPrimitives.WriteUInt16LittleEndian(to[2..], type);
        BinaryPrimitives.WriteUInt32LittleEndian(to[4..], count);
        BinaryPrimitives.WriteUInt32LittleEndian(to[8..], value);
    }
}
