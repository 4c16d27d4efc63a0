namespace ImageToText.Contracts;

/// <summary>One error that the gateway answers with: a row of <see cref="ErrorCodeTable"/>.</summary>
/// <param name="Status">Its HTTP status.</param>
/// <param name="Code">Its name for programs, in snake case.</param>
/// <param name="Meaning">What it says about the request, for people.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record ErrorCode(int Status, string Code, string Meaning, string Remedy);
