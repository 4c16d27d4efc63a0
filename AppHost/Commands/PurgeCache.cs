using StackExchange.Redis;

namespace ImageToText.AppHost.Commands;

/// <summary>The dashboard's command that forgets every cached caption.</summary>
internal static class PurgeCache
{
    /// <summary>Empties Redis: it holds nothing but what may be lost, captions and the locks of those being made.</summary>
    public static IResourceBuilder<RedisResource> WithPurgeCommand(this IResourceBuilder<RedisResource> redis) => redis.WithCommand(
        "purge-cache",
        "Purge the caption cache",
        context => PurgeAsync(redis.Resource, context.CancellationToken),
        new CommandOptions
        {
            Description = "Forgets every cached caption; pictures are captioned, and charged, again.",
            ConfirmationMessage = "Forget every cached caption?",
            IconName = "Delete",
            UpdateState = context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running
                ? ResourceCommandState.Enabled
                : ResourceCommandState.Disabled,
        });

    private static async Task<ExecuteCommandResult> PurgeAsync(RedisResource redis, CancellationToken cancellationToken)
    {
        var connection = await redis.GetConnectionStringAsync(cancellationToken)
            ?? throw new InvalidOperationException("Redis has no address yet: wait until it runs.");
        await using var client = await ConnectionMultiplexer.ConnectAsync($"{connection},allowAdmin=true");
        await Task.WhenAll(client.GetServers().Where(server => !server.IsReplica).Select(server => server.FlushDatabaseAsync()));
        return CommandResults.Success("The caption cache is empty.");
    }
}
