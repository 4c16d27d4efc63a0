using System.Reflection;
using System.Runtime.InteropServices;
using ImageToText.Captioning.Natives;

namespace ImageToText.Captioning.Tests.Natives;

/// <summary>The error for a native library that can't be used. The loader's own message is long, and differs by system.</summary>
public sealed class EngineLibrariesTests
{
    private const string Supported =
        "Supported are linux-x64, linux-arm64, osx-arm64, win-x64, win-arm64, on Linux with glibc 2.28 or newer.";

    [Fact]
    public void Those_of_this_machine_load() => EngineLibraries.Check();

    [Fact]
    public void One_that_is_missing_everywhere_was_not_found()
    {
        string system = $"({RuntimeInformation.RuntimeIdentifier}, {RuntimeInformation.OSDescription})";
        var thrown = new DllNotFoundException(
            """
            Unable to load shared library 'vips' or one of its dependencies. In order to help diagnose loading problems, use strace.
            /nowhere/vips.so: cannot open shared object file: No such file or directory
            /nowhere/libvips.so: cannot open shared object file: No such file or directory

            """
        );
        Assert.Equal(
            $"libvips can't be loaded on this system {system}: libvips.so was not found. {Supported}",
            Refusal(new TypeInitializationException("NetVips.Vips", thrown))
        );
    }

    [Fact]
    public void One_that_is_there_and_does_not_fit_is_named_with_the_loaders_reason()
    {
        string there = typeof(EngineLibrariesTests).Assembly.Location;
        var thrown = new DllNotFoundException(
            $"""
            Unable to load shared library.
            /nowhere/libx.so: cannot open shared object file: No such file or directory
            {there}: libcublasLt.so.13: cannot open shared object file
            """
        );
        Assert.Contains(
            $": {there}: libcublasLt.so.13: cannot open shared object file. {Supported}",
            Refusal(new TargetInvocationException(thrown)),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("Unable to load DLL 'onnxruntime' or one of its dependencies: The specified module could not be found. (0x8007007E)")]
    [InlineData("Unable to find an entry point named 'OrtGetApiBase' in shared library 'onnxruntime'.")]
    public void A_single_line_is_the_reason(string line) =>
        Assert.Contains($": {line.TrimEnd('.')}. {Supported}", Refusal(new DllNotFoundException(line)), StringComparison.Ordinal);

    private static string Refusal(Exception thrown)
    {
        var refusal = Assert.Throws<EngineUnavailableException>(() => EngineLibraries.Load("libvips", () => throw thrown));
        Assert.DoesNotContain('\n', refusal.Message);
        return refusal.Message;
    }
}
