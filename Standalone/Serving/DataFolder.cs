using System.Security.Cryptography;

namespace ImageToText.Standalone.Serving;

/// <summary>The folder of what outlives a run: the books, the journal of what was delivered, and the operator's token.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The SQLite file of the pricing service.</summary>
    public string Books => System.IO.Path.Combine(Path, "pricing.db");

    /// <summary>The gateway's folder.</summary>
    public string Gateway => System.IO.Path.Combine(Path, "gateway");

    /// <summary>The file that holds the operator's token.</summary>
    public string OperatorTokenFile => TokenFileIn(Path);

    /// <summary>The file that holds the address of the run that has the folder.</summary>
    public string AddressFile => AddressFileIn(Path);

    /// <summary>The folder of a user who names none.</summary>
    /// <exception cref="CommandException">The user has no data folder.</exception>
    public static string Default =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify)
            is { Length: > 0 } local
            ? System.IO.Path.Combine(local, "imagetotext")
            : throw new CommandException("This user has no data folder: name one with --data.");

    /// <summary>Makes the folder where it is missing, and holds it: two runs on the same books would each hold half of the truth.</summary>
    /// <exception cref="CommandException">Another run holds it, or it can't be written.</exception>
    public static DataFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The data folder {path} can't be made ({e.Message}): name another with --data.");
        }

        try
        {
            return new DataFolder(
                path,
                new FileStream(System.IO.Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
            );
        }
        catch (UnauthorizedAccessException e)
        {
            throw new CommandException($"The data folder {path} can't be written ({e.Message}): name another with --data.");
        }
        catch (IOException)
        {
            throw new CommandException(
                $"The data folder {path} is in use by another 'serve': end that one, or name another folder with --data."
            );
        }
    }

    /// <summary>The file with the operator's token in a folder that another run may hold.</summary>
    public static string TokenFileIn(string folder) => System.IO.Path.Combine(folder, "operator-token");

    /// <summary>The file with the run's address in a folder that another run may hold.</summary>
    public static string AddressFileIn(string folder) => System.IO.Path.Combine(folder, "address");

    /// <summary>Says where the run that holds the folder is to be found, until it ends.</summary>
    public void WriteAddress(Uri address) => File.WriteAllText(AddressFile, address.AbsoluteUri + Environment.NewLine);

    /// <summary>The operator's token, made at the first run, readable by this user alone.</summary>
    public string OperatorToken()
    {
        if (File.Exists(OperatorTokenFile) && File.ReadAllText(OperatorTokenFile).Trim() is { Length: > 0 } kept)
        {
            return kept;
        }

        string made = RandomNumberGenerator.GetHexString(48, lowercase: true);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(OperatorTokenFile, options);
        writer.WriteLine(made);
        return made;
    }

    public void Dispose()
    {
        File.Delete(AddressFile);
        _lock.Dispose();
    }
}
