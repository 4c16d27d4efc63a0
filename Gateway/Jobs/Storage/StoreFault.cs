using Microsoft.EntityFrameworkCore;

namespace ImageToText.Gateway.Jobs.Storage;

/// <summary>What is behind a failure of the store.</summary>
internal static class StoreFault
{
    /// <summary>The failure itself. EF Core wraps it: in one way if it may pass, in another one if it happened while saving.</summary>
    public static Exception CauseOf(Exception failure)
    {
        while (failure is DbUpdateException or InvalidOperationException && failure.InnerException is { } inner)
        {
            failure = inner;
        }

        return failure;
    }
}
