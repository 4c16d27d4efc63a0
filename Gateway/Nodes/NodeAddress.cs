namespace ImageToText.Gateway.Nodes;

/// <summary>The address of a service, as a base for paths.</summary>
internal static class NodeAddress
{
    /// <summary>The same address with a slash at its end, so that a relative path is appended to it.</summary>
    public static Uri WithSlash(Uri address) => address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
}
