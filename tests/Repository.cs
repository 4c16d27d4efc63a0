using System.Reflection;

namespace ImageToText.Tests;

/// <summary>The sources that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } =
        Path.GetFullPath(
            typeof(Repository)
                .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
                .Single(static item => item.Key == "RepositoryRoot")
                .Value!
        );
}
