using System.Reflection;

namespace ImageToText.TestSupport;

/// <summary>The sources that the tests were built from.</summary>
public static class Repository
{
    public static string Root { get; } =
        Path.TrimEndingDirectorySeparator(
            Path.GetFullPath(
                typeof(Repository)
                    .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
                    .Single(static item => item.Key == "RepositoryRoot")
                    .Value!
            )
        );
}
