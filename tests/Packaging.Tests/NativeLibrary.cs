using System.Buffers.Binary;

namespace ImageToText.Packaging.Tests;

/// <summary>The system a native library was built for, read from its first bytes. Its name alone proves nothing.</summary>
internal static class NativeLibrary
{
    private const ushort ElfX64 = 62;
    private const ushort ElfArm64 = 183;
    private const ushort PeX64 = 0x8664;
    private const ushort PeArm64 = 0xAA64;
    private const uint MachOArm64 = 0x0100000C;
    private const uint MachOX64 = 0x01000007;

    /// <summary>The systems it runs on. A macOS library may contain code for several processors.</summary>
    public static IReadOnlyList<string> Systems(ReadOnlySpan<byte> file)
    {
        if (file[..4].SequenceEqual("\u007fELF"u8))
        {
            return [$"linux-{Name(BinaryPrimitives.ReadUInt16LittleEndian(file[18..]), ElfX64, ElfArm64)}"];
        }

        if (file[..2].SequenceEqual("MZ"u8))
        {
            int header = BinaryPrimitives.ReadInt32LittleEndian(file[0x3C..]);
            return [$"win-{Name(BinaryPrimitives.ReadUInt16LittleEndian(file[(header + 4)..]), PeX64, PeArm64)}"];
        }

        switch (BinaryPrimitives.ReadUInt32BigEndian(file))
        {
            case 0xCFFAEDFE:
                return [$"osx-{Name(BinaryPrimitives.ReadUInt32LittleEndian(file[4..]), MachOX64, MachOArm64)}"];
            case 0xCAFEBABE:
                var systems = new List<string>();
                int count = BinaryPrimitives.ReadInt32BigEndian(file[4..]);
                for (int i = 0; i < count; i++)
                {
                    uint machine = BinaryPrimitives.ReadUInt32BigEndian(file[(8 + (20 * i))..]);
                    systems.Add($"osx-{Name(machine, MachOX64, MachOArm64)}");
                }

                return systems;
            default:
                return [];
        }
    }

    private static string Name(uint machine, uint x64, uint arm64) =>
        machine == x64 ? "x64"
        : machine == arm64 ? "arm64"
        : $"machine {machine:x}";
}
