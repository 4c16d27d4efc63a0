using System.Runtime.InteropServices;
using NetVips;
using Vips = NetVips.NetVips;

namespace ImageToText.Captioning.Preprocessing.Decoding;

/// <summary>
/// libvips' process-wide settings, made once before its first use, and the one function that NetVips wraps with one copy too
/// many.
/// </summary>
internal static unsafe class VipsRuntime
{
    private static readonly delegate* unmanaged[Cdecl]<nint, int, int, int, int, nuint*, byte*> RegionFetch = Configure();

    /// <summary>Only makes sure that the settings are made.</summary>
    public static void EnsureConfigured() => _ = RegionFetch;

    /// <summary>
    /// The pixels of an area, in memory of libvips that must be freed with <see cref="Vips.Free"/>; null if they can't be
    /// computed.
    /// </summary>
    public static byte* Fetch(Region region, int left, int top, int width, int height, out nuint length)
    {
        nuint size = 0;
        byte* pixels = RegionFetch(region.DangerousGetHandle(), left, top, width, height, &size);
        GC.KeepAlive(region);
        length = size;
        return pixels;
    }

    private static delegate* unmanaged[Cdecl]<nint, int, int, int, int, nuint*, byte*> Configure()
    {
        // Decoders' warnings would go to standard error, once for each odd file that a client sends.
        Log.SetLogHandler("VIPS", Enums.LogLevelFlags.Warning, static (_, _, _) => { });
        // Loaders that libvips calls untrusted are fuzzed less, and none is needed here.
        Vips.BlockUntrusted = true;
        // Many pictures are decoded in parallel, each on the calling thread, and operations on them never repeat.
        Vips.Concurrency = 1;
        Cache.Max = 0;
        nint library = NativeLibrary.Load(LibraryName, typeof(Image).Assembly, null);
        return (delegate* unmanaged[Cdecl]<nint, int, int, int, int, nuint*, byte*>)NativeLibrary.GetExport(library, "vips_region_fetch");
    }

    private static string LibraryName =>
        OperatingSystem.IsWindows() ? "libvips-42.dll"
        : OperatingSystem.IsMacOS() ? "libvips.42.dylib"
        : "libvips.so.42";
}
