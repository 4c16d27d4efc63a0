namespace ImageToText.Docs.Tests.House;

/// <summary>Lines of code are short enough for two files side by side on a screen.</summary>
public sealed class LineTests
{
    private const int Longest = 140;
    private const string RawString = "\"\"\"";

    [Fact]
    public void No_line_of_code_is_longer_than_140_characters()
    {
        var files = WorkingCopy.Files.Where(static file =>
            file.EndsWith(".cs", StringComparison.Ordinal) && !file.Contains("/Migrations/", StringComparison.Ordinal)
        );
        Assert.Empty(files.SelectMany(LongLines));
    }

    // Lines of a raw string are data, such as a JSON body or a shell script, and may be as long as their format needs.
    private static IEnumerable<string> LongLines(string file)
    {
        bool isRaw = false;
        int number = 0;
        foreach (string line in File.ReadLines(WorkingCopy.PathOf(file)))
        {
            number++;
            int quotes = line.Split(RawString).Length - 1;
            if (line.Length > Longest && !isRaw && quotes == 0)
            {
                yield return $"{file}:{number} has {line.Length} characters: break it.";
            }

            isRaw ^= quotes % 2 == 1;
        }
    }
}
