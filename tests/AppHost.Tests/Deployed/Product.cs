using System.Reflection;

namespace ImageToText.AppHost.Tests.Deployed;

/// <summary>The deployed product.</summary>
internal static class Product
{
    /// <summary>Its version, which images and chart share.</summary>
    public static string Version { get; } =
        typeof(CaptioningNetwork).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
