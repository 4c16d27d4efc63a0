using ImageToText.AppHost.Running;

namespace ImageToText.AppHost.Tests.LocalRuns;

/// <summary>Which container engine counts as present. The engines are programs that answer, refuse, or never answer.</summary>
public sealed class ContainerEngineTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private readonly string _folder = Directory.CreateTempSubdirectory("imagetotext-engines-").FullName;

    [Fact]
    public void The_first_that_answers_is_used()
    {
        string answering = Program("answers", "exit 0");
        Assert.Equal(answering, ContainerEngine.Find([Program("refuses", "echo 'no daemon' >&2; exit 1"), answering], Long)?.Command);
        Assert.Equal(answering, ContainerEngine.Find([answering, Program("another", "exit 0")], Long)?.Command);
    }

    [Fact]
    public void A_command_that_is_missing_or_has_no_daemon_is_not_an_engine()
    {
        Assert.Null(ContainerEngine.Find([Path.Combine(_folder, "nothing-here"), Program("refuses", "exit 1")], Long));
        Assert.Null(ContainerEngine.Find([], Long));
    }

    [Fact]
    public void An_engine_that_does_not_answer_in_time_counts_as_absent_and_its_command_is_killed() =>
        Assert.Null(ContainerEngine.Find([Program("hangs", "exec sleep 1000000")], TimeSpan.FromMilliseconds(200)));

    [Fact]
    public async Task Volumes_are_deleted_by_name_and_a_refusal_is_passed_on()
    {
        string file = Path.Combine(_folder, "asked");
        await new ContainerEngine(Program("deletes", $"echo \"$@\" > '{file}'")).DeleteVolumesAsync(
            ["one", "two"],
            TestContext.Current.CancellationToken
        );
        Assert.Equal("volume rm --force one two\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));

        var refused = await Assert.ThrowsAsync<DeploymentException>(() =>
            new ContainerEngine(Program("in-use", "echo 'volume is in use' >&2; exit 2")).DeleteVolumesAsync(
                ["one"],
                TestContext.Current.CancellationToken
            )
        );
        Assert.Contains("volume is in use", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Program(string name, string script)
    {
        string file = Path.Combine(_folder, name);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("The programs are shell scripts.");
        }
        else
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return file;
    }
}
