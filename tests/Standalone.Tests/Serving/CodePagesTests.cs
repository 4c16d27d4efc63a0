using ImageToText.Standalone.Serving;

namespace ImageToText.Standalone.Tests.Serving;

/// <summary>Which memory is given back after a start: nothing that is not in a file as it is.</summary>
public sealed class CodePagesTests
{
    [Theory]
    [InlineData("7f0000001000-7f0000003000 r-xp 00000000 fe:00 1    /tool/Some.dll", 0)]
    [InlineData("7f0000001000-7f0000003000 r--s 00000000 fe:00 1    /tool/Some.dll", 0)]
    [InlineData("7f0000001000-7f0000003000 r-xp 00000000 fe:00 1    /usr/lib/libsome.so", 0)]
    [InlineData("7f0000001000-7f0000003000 r-xp 00000000 fe:00 1    /usr/lib/libsome.so.6.1", 0)]
    public void Code_as_it_was_read_is_given_back(string mapping, int changed) =>
        Assert.Equal([(0x7f0000001000, 0x2000)], CodePages.Unwritten(Smaps(mapping, changed)));

    [Theory]
    [InlineData("7f0000001000-7f0000003000 rw-p 00000000 fe:00 1    /tool/Some.dll", 0)]
    [InlineData("7f0000001000-7f0000003000 r-xp 00000000 fe:00 1    /tool/Some.dll", 4)]
    [InlineData("7f0000001000-7f0000003000 r--p 00000000 fe:00 1    /data/model.safetensors", 0)]
    [InlineData("7f0000001000-7f0000003000 r-xs 00000000 00:01 1    /memfd:doublemapper (deleted)", 0)]
    [InlineData("7f0000001000-7f0000003000 r-xp 00000000 fe:00 1    /tool/Some.dll (deleted)", 0)]
    [InlineData("7f0000001000-7f0000003000 r-xp 00000000 fe:00 1    /usr/lib/libsome.so.6 (deleted)", 0)]
    [InlineData("7f0000001000-7f0000003000 r--p 00000000 00:00 0 ", 0)]
    [InlineData("7f0000001000-7f0000003000 r-xp 00000000 00:00 0    [vdso]", 0)]
    public void Everything_else_stays(string mapping, int changed) => Assert.Empty(CodePages.Unwritten(Smaps(mapping, changed)));

    private static string[] Smaps(string mapping, int changed) =>
        [
            "7e0000001000-7e0000003000 rw-p 00000000 00:00 0 ",
            "Rss:                   8 kB",
            "Anonymous:             8 kB",
            mapping,
            "Rss:                   8 kB",
            $"Anonymous:             {changed} kB",
            "VmFlags: rd ex mr mw me",
        ];
}
