using System.Text.Json;

namespace ImageToText.TestSupport;

/// <summary>One case of images.json: what Pillow reads from a file.</summary>
public sealed record ReferencePicture(
    string File,
    string Mode,
    int Width,
    int Height,
    string RgbSha256,
    string Resized96Sha256,
    string Resized384Sha256,
    bool Exact
);

/// <summary>The reference pictures next to the tests.</summary>
public static class ReferencePictures
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static IReadOnlyList<ReferencePicture> All { get; } =
        JsonDocument
            .Parse(File.ReadAllText(PathOf("images.json")))
            .RootElement.GetProperty("cases")
            .Deserialize<ReferencePicture[]>(SnakeCase)!;

    public static ReferencePicture Named(string file) => All.Single(picture => picture.File == file);

    public static byte[] Bytes(string file) => File.ReadAllBytes(PathOf("images", file));

    public static byte[] BadBytes(string file) => File.ReadAllBytes(PathOf("bad", file));

    public static IEnumerable<string> BadFiles => Directory.EnumerateFiles(PathOf("bad")).Select(file => Path.GetFileName(file)!).Order();

    public static string PathOf(params string[] parts) => Path.Combine([AppContext.BaseDirectory, "Fixtures", .. parts]);
}
