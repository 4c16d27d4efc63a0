namespace ImageToText.Gateway.Jobs.Storage.Rows;

/// <summary>A file that was uploaded, or that a job wrote. Its bytes lie in the folder for files.</summary>
internal sealed class StoredFile
{
    public required string FileId { get; set; }

    /// <summary>The key that owns it.</summary>
    public required string KeyId { get; set; }

    /// <summary>The account of that key when the file came; null: it had none.</summary>
    public string? Account { get; set; }

    /// <summary>
    /// The purpose, in OpenAI's words: <c>batch</c> or <c>batch_output</c>; for our own jobs <c>job</c> or <c>job_output</c>.
    /// </summary>
    public required string Purpose { get; set; }

    public required string FileName { get; set; }

    public long Bytes { get; set; }

    /// <summary>When it came; seconds since 1970.</summary>
    public long CreatedAt { get; set; }

    /// <summary>The number of items in it.</summary>
    public int Lines { get; set; }

    /// <summary>How many of these can't be run.</summary>
    public int FaultyLines { get; set; }

    /// <summary>Which ones, in words; null: all can be.</summary>
    public string? StatusDetails { get; set; }
}
