using System.Reflection;
using ImageToText.AppHost;

namespace ImageToText.Publishing;

/// <summary>The images that a deployment uses.</summary>
internal static class Images
{
    /// <summary>Aspire's dashboard.</summary>
    public const string Dashboard = "mcr.microsoft.com/dotnet/aspire-dashboard";

    /// <summary>The dashboard version for the packages: 13.6 for 13.6.5.</summary>
    public static string DashboardTag { get; } = typeof(DistributedApplication).Assembly.GetName().Version!.ToString(fieldCount: 2);

    /// <summary>The product's version, which its images and its chart share.</summary>
    public static string Version { get; } =
        typeof(Services).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>The image that <c>dotnet publish -t:PublishContainer</c> makes of a service.</summary>
    public static string Own(IResource service) => $"imagetotext/{service.Name}:{Version}";

    /// <summary>The variable of <c>.env</c> that names a service's image.</summary>
    public static string Variable(IResource service) => $"{service.Name.ToUpperInvariant()}_IMAGE";
}
