namespace ImageToText.TestSupport;

/// <summary>A program's exit code and output.</summary>
public sealed record ProcessResult(int Code, string Out, string Error)
{
    public string[] OutLines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Its output, if it succeeded.</summary>
    public string Output => Code == 0 ? Out : throw new InvalidOperationException($"It ended with {Code}.\n{Out}{Error}");
}
