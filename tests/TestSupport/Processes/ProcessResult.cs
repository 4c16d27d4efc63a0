namespace ImageToText.TestSupport;

/// <summary>How a program ended, and what it wrote.</summary>
public sealed record ProcessResult(int Code, string Out, string Error)
{
    public string[] OutLines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>What it wrote, where it did what it should.</summary>
    public string Output => Code == 0 ? Out : throw new InvalidOperationException($"It ended with {Code}.\n{Out}{Error}");
}
