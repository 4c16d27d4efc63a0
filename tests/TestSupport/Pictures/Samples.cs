using System.Buffers.Binary;

namespace ImageToText.TestSupport;

/// <summary>Pictures to caption.</summary>
public static class Samples
{
    /// <summary>One of the repository's samples.</summary>
    public static MultipartFormDataContent Form(string name) =>
        Form(File.ReadAllBytes(Path.Combine(Repository.Root, "samples", name)), name);

    /// <summary>A picture in a single colour that no other test uses: BMP, 24 bits, 32 x 32.</summary>
    public static MultipartFormDataContent Plain(byte red, byte green, byte blue)
    {
        const int side = 32;
        const int header = 54;
        byte[] file = new byte[header + side * side * 3];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), header);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), side);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), side);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), 24);
        for (int i = header; i < file.Length; i += 3)
        {
            (file[i], file[i + 1], file[i + 2]) = (blue, green, red);
        }

        return Form(file, "plain.bmp");
    }

    private static MultipartFormDataContent Form(byte[] picture, string name) => new() { { new ByteArrayContent(picture), "image", name } };
}
