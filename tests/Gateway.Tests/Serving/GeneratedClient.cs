using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;

namespace ImageToText.Gateway.Tests.Serving;

/// <summary>A client that Kiota generates from the OpenAPI document and the SDK compiles.</summary>
internal static class GeneratedClient
{
    // A program that uses the client.
    private const string Use = """
        using System;
        using System.Net.Http;
        using System.Threading.Tasks;
        using Generated;
        using Generated.ImageToText;
        using Generated.Models;
        using Microsoft.Kiota.Abstractions.Authentication;
        using Microsoft.Kiota.Http.HttpClientLibrary;

        public static class Use
        {
            public static async Task<string> CaptionAsync(HttpClient http, string address, byte[] picture, int beams)
            {
                var client = Of(http, address);
                var caption = await client.ImageToText.PostAsync(
                    new ImageToTextPostRequestBody { Image = Convert.ToBase64String(picture), NumBeams = beams, Details = true }
                );
                return caption.Text;
            }

            public static async Task<string> RefusalAsync(HttpClient http, string address)
            {
                try
                {
                    await Of(http, address).Quote.GetAsync(query => query.QueryParameters.ModelId = "nobody/has-it");
                    return null;
                }
                catch (ErrorBody refused)
                {
                    return $"{refused.ResponseStatusCode} {refused.Error.Code}";
                }
            }

            private static CaptionApi Of(HttpClient http, string address)
            {
                var adapter = new HttpClientRequestAdapter(new AnonymousAuthenticationProvider(), httpClient: http);
                adapter.BaseUrl = address;
                return new CaptionApi(adapter);
            }
        }
        """;

    /// <summary>Generates and compiles the client.</summary>
    /// <param name="document">The document, as JSON.</param>
    /// <param name="cancellationToken">Cancels the generation.</param>
    /// <returns>The type that uses it.</returns>
    public static async Task<Type> BuildAsync(string document, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("generated-client-");
        try
        {
            string In(string name) => Path.Combine(folder.FullName, name);
            await File.WriteAllTextAsync(In("openapi.json"), document, cancellationToken);
            await RunAsync(
                [
                    "kiota",
                    "generate",
                    "-d",
                    In("openapi.json"),
                    "-l",
                    "CSharp",
                    "-c",
                    "CaptionApi",
                    "-n",
                    "Generated",
                    "-o",
                    In("client"),
                    "-m",
                    "application/json",
                ],
                cancellationToken
            );
            await File.WriteAllTextAsync(In("Use.cs"), Use, cancellationToken);
            string[] references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
            await File.WriteAllLinesAsync(
                In("compile.rsp"),
                [
                    "-nologo",
                    "-target:library",
                    "-langversion:latest",
                    "-nowarn:CS0618,CS1591,CS8632",
                    $"-out:\"{In("client.dll")}\"",
                    $"\"{In("Use.cs")}\"",
                    $"-recurse:\"{Path.Combine(In("client"), "*.cs")}\"",
                    .. references.Select(static path => $"-r:\"{path}\""),
                ],
                cancellationToken
            );
            await RunAsync(["exec", Compiler, "@" + In("compile.rsp")], cancellationToken);
            using var assembly = new MemoryStream(await File.ReadAllBytesAsync(In("client.dll"), cancellationToken));
            return AssemblyLoadContext.Default.LoadFromStream(assembly).GetType("Use", throwOnError: true)!;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Compiler { get; } =
        typeof(GeneratedClient)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(static item => item.Key == "Compiler")
            .Value!;

    private static async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            // The folder with the tool manifest.
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KIOTA_OFFLINE_ENABLED"] = "true";
        start.Environment["KIOTA_CLI_TELEMETRY_OPTOUT"] = "true";
        using var process = Process.Start(start)!;
        var failed = process.StandardError.ReadToEndAsync(cancellationToken);
        string said = await process.StandardOutput.ReadToEndAsync(cancellationToken) + await failed;
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{said}");
    }
}
