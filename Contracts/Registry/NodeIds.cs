namespace ImageToText.Contracts.Registry;

/// <summary>Rules for node ids.</summary>
public static class NodeIds
{
    /// <summary>The most characters of an id.</summary>
    public const int Longest = 128;

    /// <summary>The rule for ids, in words.</summary>
    public const string Rule = "1 to 128 printable ASCII characters, none of them a space";

    /// <summary>
    /// Returns whether a node may have this id. Gateways name nodes in a response header, which takes no other characters.
    /// </summary>
    /// <param name="id">The id.</param>
    public static bool IsValid(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.Length is > 0 and <= Longest && id.All(static letter => letter is > ' ' and <= '~');
    }
}
