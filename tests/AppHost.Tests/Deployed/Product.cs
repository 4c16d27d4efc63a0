using System.Reflection;

namespace ImageToText.AppHost.Tests.Deployed;

/// <summary>The product that is deployed.</summary>
internal static class Product
{
    /// <summary>Its version, which images and chart have.</summary>
    public static string Version { get; } =
        typeof(CaptioningNetwork).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
