namespace ImageToText.Gateway.Jobs.Storage.Rows;

/// <summary>Where a job stands; the states of OpenAI's batches.</summary>
internal enum JobState
{
    /// <summary>Accepted; no item has been tried yet.</summary>
    Validating,

    /// <summary>Nothing in it could be run.</summary>
    Failed,

    /// <summary>Items are being captioned.</summary>
    InProgress,

    /// <summary>The result files are being written.</summary>
    Finalizing,

    /// <summary>Every item has a result.</summary>
    Completed,

    /// <summary>Its time is over; what was done is there.</summary>
    Expired,

    /// <summary>It was cancelled; items under way are being ended.</summary>
    Cancelling,

    /// <summary>It was cancelled; what was done is there.</summary>
    Cancelled,
}
