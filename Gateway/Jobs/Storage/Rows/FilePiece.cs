namespace ImageToText.Gateway.Jobs.Storage.Rows;

/// <summary>A piece of a file's bytes, where the store is PostgreSQL.</summary>
internal sealed class FilePiece
{
    /// <summary>The bytes in a piece; the last one may have fewer.</summary>
    public const int Size = 256 * 1024;

    /// <summary>The name of the bytes.</summary>
    public required string File { get; set; }

    /// <summary>The piece's place, from 0.</summary>
    public int Number { get; set; }

    public required byte[] Bytes { get; set; }

    /// <summary>Whether the file is still being written.</summary>
    public bool IsDraft { get; set; }

    /// <summary>When it was written; seconds since 1970.</summary>
    public long CreatedAt { get; set; }
}
