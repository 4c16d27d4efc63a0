using ImageToText.Gateway.Jobs;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>Files of jobs whose bytes lie in PostgreSQL.</summary>
public sealed class FileBytesTests(PostgresCluster postgres)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bytes_in_pieces_are_read_from_anywhere_and_appear_only_when_whole()
    {
        Assert.SkipWhen(postgres.Missing is not null, postgres.Missing ?? "");
        var options = Options.Create(new JobOptions { ConnectionString = await postgres.CreateDatabaseAsync() });
        using var store = new JobStore(options, null!, new ConfigurationBuilder().Build());
        Assert.True(store.HoldsFiles);
        var files = new DatabaseBytes(store, TimeProvider.System);
        byte[] content = new byte[(2 * FilePiece.Size) + 12_345];
        new Random(7).NextBytes(content);

        await files.WriteAsync(
            "a",
            async stream =>
            {
                stream.Write(content.AsSpan(0, FilePiece.Size + 1));
                Assert.False(await files.ExistAsync("a", Cancelled));
                await stream.WriteAsync(content.AsMemory(FilePiece.Size + 1), Cancelled);
            },
            Cancelled
        );
        await Assert.ThrowsAsync<InvalidDataException>(() =>
            files.WriteAsync(
                "a",
                async stream =>
                {
                    await stream.WriteAsync(content.AsMemory(0, FilePiece.Size), Cancelled);
                    throw new InvalidDataException();
                },
                Cancelled
            )
        );
        await using (var stream = await files.OpenAsync("a", Cancelled))
        {
            Assert.Equal(content.Length, stream.Length);
            byte[] part = new byte[1000];
            foreach (int place in (int[])[FilePiece.Size - 500, 3, (2 * FilePiece.Size) + 11_345, FilePiece.Size])
            {
                stream.Position = place;
                await stream.ReadExactlyAsync(part, Cancelled);
                Assert.True(content.AsSpan(place, 1000).SequenceEqual(part));
            }

            stream.Position = 0;
            using var whole = new MemoryStream();
            await stream.CopyToAsync(whole, Cancelled);
            Assert.True(content.AsSpan().SequenceEqual(whole.ToArray()));
        }

        await files.WriteAsync("a", static _ => Task.CompletedTask, Cancelled);
        await using (var empty = await files.OpenAsync("a", Cancelled))
        {
            Assert.Equal((0, 0), (empty.Length, await empty.ReadAsync(new byte[1], Cancelled)));
        }

        await files.RemoveAsync("a", Cancelled);
        await Assert.ThrowsAsync<FileNotFoundException>(() => files.OpenAsync("a", Cancelled));
    }
}
