using System.Security.Cryptography;
using ImageToText.ServiceDefaults.Files;

namespace ImageToText.Standalone.Serving;

/// <summary>The folder for what outlives a run: the books, the journal of delivered captions, and the operator's token.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>The path of the folder.</summary>
    public string Path { get; }

    /// <summary>The SQLite file of the pricing service.</summary>
    public string Books => System.IO.Path.Combine(Path, "pricing.db");

    /// <summary>The gateway's folder.</summary>
    public string Gateway => System.IO.Path.Combine(Path, "gateway");

    /// <summary>The file that holds the operator's token.</summary>
    public string OperatorTokenFile => TokenFileIn(Path);

    /// <summary>The file with the address of the run that uses the folder.</summary>
    public string AddressFile => AddressFileIn(Path);

    /// <summary>The folder for users who name none.</summary>
    /// <exception cref="CommandException">The user has no data folder.</exception>
    public static string Default =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify)
            is { Length: > 0 } local
            ? System.IO.Path.Combine(local, "imagetotext")
            : throw new CommandException("This user has no data folder: name one with --data.");

    /// <summary>
    /// Creates the folder if needed and locks it. Two runs on the same books would each have half of the truth.
    /// </summary>
    /// <exception cref="CommandException">Another run has locked it, or it can't be written.</exception>
    public static DataFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The data folder {path} can't be created ({e.Message}): name another with --data.");
        }

        try
        {
            return new DataFolder(
                path,
                new FileStream(System.IO.Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
            );
        }
        catch (IOException e) when (HeldFile.Explains(e))
        {
            throw new CommandException(
                $"The data folder {path} is in use by another 'serve': stop that one, or name another folder with --data."
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is read-only, full, or somebody else's.
            throw new CommandException($"The data folder {path} can't be written ({e.Message}): name another with --data.");
        }
    }

    /// <summary>The file with the operator's token, in a folder that another run may have locked.</summary>
    public static string TokenFileIn(string folder) => System.IO.Path.Combine(folder, "operator-token");

    /// <summary>The file with the run's address, in a folder that another run may have locked.</summary>
    public static string AddressFileIn(string folder) => System.IO.Path.Combine(folder, "address");

    /// <summary>Records the address of the run that uses the folder, until the run ends.</summary>
    public void WriteAddress(Uri address) => WholeFile.WriteText(AddressFile, address.AbsoluteUri + Environment.NewLine);

    /// <summary>The operator's token. The first run makes it, and only this user can read it.</summary>
    public string OperatorToken()
    {
        if (WholeFile.ReadText(OperatorTokenFile) is { } kept)
        {
            return kept;
        }

        string made = RandomNumberGenerator.GetHexString(48, lowercase: true);
        WholeFile.WriteText(OperatorTokenFile, made + Environment.NewLine, isSecret: true);
        return made;
    }

    public void Dispose()
    {
        File.Delete(AddressFile);
        _lock.Dispose();
    }
}
