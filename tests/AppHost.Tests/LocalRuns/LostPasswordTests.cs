using ImageToText.AppHost.Running;

namespace ImageToText.AppHost.Tests.LocalRuns;

public sealed class LostPasswordTests
{
    [Fact]
    public void Only_a_refused_password_counts_as_lost()
    {
        Assert.True(
            LostPassword.IsIn([null, "Npgsql.PostgresException (0x80004005): 28P01: password authentication failed for user \"postgres\""])
        );
        Assert.False(
            LostPassword.IsIn([
                null,
                "Npgsql.PostgresException (0x80004005): 57P03: the database system is starting up",
                "Connection refused",
            ])
        );
        Assert.False(LostPassword.IsIn([]));
    }
}
