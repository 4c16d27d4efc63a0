namespace ImageToText.Contracts.Registry;

/// <summary>What may be the id of a node.</summary>
public static class NodeIds
{
    /// <summary>The most characters of an id.</summary>
    public const int Longest = 128;

    /// <summary>What an id must be, in words.</summary>
    public const string Rule = "1 to 128 printable ASCII characters, none of them a space";

    /// <summary>Whether a node may have this id. Gateways name nodes in a header of their answers, which takes no other characters.</summary>
    /// <param name="id">The id.</param>
    public static bool IsValid(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.Length is > 0 and <= Longest && id.All(static letter => letter is > ' ' and <= '~');
    }
}
