using System.Diagnostics;
using ImageToText.Docs.Tests.Pages;

namespace ImageToText.Docs.Tests.Commands;

/// <summary>Compiles C# from the docs with the SDK's compiler, as a program with the same references as these tests.</summary>
internal static class CSharpBlocks
{
    // The implicit usings of a reader's project, and namespaces that the pages leave out.
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    // Further implicit usings of the services' projects.
    private const string WebUsings = """
        global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Http;
        global using Microsoft.AspNetCore.Routing;
        global using Microsoft.Extensions.Configuration;
        global using Microsoft.Extensions.DependencyInjection;
        global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging;
        """;

    /// <summary>Compiles a block.</summary>
    /// <param name="block">A program's statements, or only declarations.</param>
    /// <param name="code">Its code as it will run.</param>
    /// <param name="file">Path of the assembly to write.</param>
    /// <param name="inProduct">Whether it is code for one of the services.</param>
    /// <param name="cancellationToken">Cancels the compilation.</param>
    /// <returns>Whether it is a program that can run.</returns>
    public static async Task<bool> CompileAsync(
        CodeBlock block,
        string code,
        string file,
        bool inProduct,
        CancellationToken cancellationToken
    )
    {
        string source = Path.ChangeExtension(file, ".cs");
        string usings = Path.ChangeExtension(file, ".usings.cs");
        string response = Path.ChangeExtension(file, ".rsp");
        try
        {
            await File.WriteAllTextAsync(source, code, cancellationToken);
            await File.WriteAllTextAsync(usings, inProduct ? Usings + WebUsings : Usings, cancellationToken);
            var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
                .Split(Path.PathSeparator)
                .Where(static path => !Path.GetFileName(path).StartsWith("ImageToText.Docs", StringComparison.Ordinal));
            await File.WriteAllLinesAsync(
                response,
                [
                    "-nologo",
                    "-nullable:enable",
                    "-langversion:latest",
                    $"-out:\"{file}\"",
                    $"\"{source}\"",
                    $"\"{usings}\"",
                    .. references.Select(path => $"-r:\"{path}\""),
                ],
                cancellationToken
            );
            var (ended, said) = await RunAsync(["-target:exe", "@" + response], cancellationToken);
            // CS5001: there are no statements to run, so only the declarations are compiled.
            bool isProgram = !said.Contains("CS5001", StringComparison.Ordinal);
            if (!isProgram)
            {
                (ended, said) = await RunAsync(["-target:library", "@" + response], cancellationToken);
            }

            Assert.True(ended == 0, $"{block} does not compile:\n{said}");
            return isProgram;
        }
        finally
        {
            File.Delete(source);
            File.Delete(usings);
            File.Delete(response);
        }
    }

    private static async Task<(int Code, string Said)> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using var compiler = Process.Start(
            new ProcessStartInfo("dotnet", ["exec", WorkingCopy.Compiler, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var failed = compiler.StandardError.ReadToEndAsync(cancellationToken);
        string said = await compiler.StandardOutput.ReadToEndAsync(cancellationToken) + await failed;
        await compiler.WaitForExitAsync(cancellationToken);
        return (compiler.ExitCode, said);
    }
}
