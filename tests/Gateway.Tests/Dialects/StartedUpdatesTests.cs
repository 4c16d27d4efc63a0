using ImageToText.Contracts;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Tests.Dialects;

/// <summary>A streamed answer releases what it holds, however much of it was read.</summary>
public sealed class StartedUpdatesTests
{
    private bool _letGo;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task The_end_is_reached_however_many_pieces_are_read(int read)
    {
        await using (var updates = await StartedUpdates.StartAsync(Pieces(3), Cancelled))
        {
            Assert.False(_letGo);
            var texts = new List<string>();
            await foreach (var update in updates)
            {
                if (texts.Count == read)
                {
                    break;
                }

                texts.Add(update.Piece!.Text);
            }

            Assert.Equal(Enumerable.Range(0, read).Select(static i => $"{i}"), texts);
        }

        Assert.True(_letGo);
    }

    [Fact]
    public async Task An_immediate_failure_comes_before_anything_is_written()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => StartedUpdates.StartAsync(Pieces(-1), Cancelled));
        Assert.True(_letGo);
    }

    private async IAsyncEnumerable<AnswerUpdate> Pieces(int count)
    {
        try
        {
            await Task.Yield();
            if (count < 0)
            {
                throw new InvalidOperationException();
            }

            for (int i = 0; i < count; i++)
            {
                yield return new AnswerUpdate(new CaptionPiece { Text = $"{i}" }, null);
            }
        }
        finally
        {
            _letGo = true;
        }
    }
}
