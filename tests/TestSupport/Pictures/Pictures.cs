using System.Net.Http.Headers;

namespace ImageToText.TestSupport;

/// <summary>Creates real PNG files of any size.</summary>
public static class Pictures
{
    /// <summary>A gray PNG.</summary>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="shade">Its only shade. Different shades make different pictures.</param>
    /// <param name="padding">Bytes of an ignored chunk that make the file as long as a test needs.</param>
    public static byte[] Png(int width, int height, byte shade = 128, int padding = 0)
    {
        using var file = new PngFile(width, height, depth: 8);
        if (padding > 0)
        {
            byte[] filler = new byte[padding];
            new Random(shade).NextBytes(filler);
            file.Add("teSt"u8, filler);
        }

        byte[] rows = new byte[(width + 1) * height];
        rows.AsSpan().Fill(shade);
        for (int y = 0; y < height; y++)
        {
            rows[y * (width + 1)] = 0;
        }

        return file.End(rows);
    }

    /// <summary>A form with the picture and fields.</summary>
    public static MultipartFormDataContent Form(byte[] picture, params (string Name, string Value)[] fields)
    {
        var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields)
        {
            form.Add(new StringContent(value), name);
        }

        var file = new ByteArrayContent(picture);
        file.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        form.Add(file, "image", "picture.png");
        return form;
    }
}
