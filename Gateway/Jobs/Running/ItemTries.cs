namespace ImageToText.Gateway.Jobs.Running;

/// <summary>What became of an item's tries so far.</summary>
/// <param name="Failures">How many failed.</param>
/// <param name="Pauses">How many found no node.</param>
internal readonly record struct ItemTries(int Failures, int Pauses);
