namespace ImageToText.Captioning.Tests;

/// <summary>The library as its users see it.</summary>
public sealed class CaptionerTests : IAsyncLifetime
{
    private Captioner _captioner = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _captioner = await Captioner.LoadAsync(
            TestFiles.Starter,
            new CaptionerOptions { Provider = ProviderChoice.Cpu, QueueCapacity = 4 },
            Cancellation
        );

    public ValueTask DisposeAsync() => _captioner.DisposeAsync();

    [Fact]
    public async Task A_stream_is_captioned_like_its_bytes()
    {
        await using var file = File.OpenRead(TestFiles.Fixture("images/rgb.png"));
        var fromStream = await _captioner.CaptionAsync(file, cancellationToken: Cancellation);
        var fromBytes = await _captioner.CaptionAsync(Picture(), cancellationToken: Cancellation);
        Assert.Equal(fromBytes.Sequences[0].TokenIds, fromStream.Sequences[0].TokenIds);
        Assert.InRange(fromBytes.Confidence, double.Epsilon, 1);
        Assert.Equal((374, 231), (fromBytes.Image.Width, fromBytes.Image.Height));
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("a picture of", 1)]
    [InlineData("a picture of", 3)]
    public async Task The_pieces_of_a_streamed_caption_make_the_caption(string? prompt, int beams)
    {
        var options = new CaptionOptions { Prompt = prompt, NumBeams = beams };
        var whole = await _captioner.CaptionAsync(Picture(), options, Cancellation);
        var updates = new List<CaptionUpdate>();
        await foreach (var update in _captioner.StreamAsync(Picture(), options, Cancellation))
        {
            updates.Add(update);
        }

        Assert.Equal(whole.Text, string.Concat(updates.Select(update => update.Text)));
        Assert.Equal(whole.Text, updates[^1].Caption!.Text);
        if (beams == 1)
        {
            Assert.Equal(
                whole.Sequences[0].TokenIds,
                updates.Where(update => update.TokenId is not null).Select(update => update.TokenId!.Value)
            );
        }
    }

    [Fact]
    public async Task Of_a_bad_picture_nothing_is_streamed_not_even_the_prompt()
    {
        var updates = _captioner
            .StreamAsync(new byte[] { 1, 2, 3 }, new CaptionOptions { Prompt = "a picture of" }, Cancellation)
            .GetAsyncEnumerator(Cancellation);
        await Assert.ThrowsAsync<ImageException>(() => updates.MoveNextAsync().AsTask());
    }

    [Fact]
    public async Task A_batch_narrower_than_a_request_may_be_is_refused() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() =>
            Captioner.LoadAsync(TestFiles.Starter, new CaptionerOptions { MaxBatchRows = 8 }, Cancellation)
        );

    [Fact]
    public async Task A_reader_that_stops_early_gives_its_place_up()
    {
        await foreach (
            var _ in _captioner.StreamAsync(
                Picture(),
                new CaptionOptions
                {
                    NumBeams = 1,
                    MinNewTokens = 30,
                    MaxNewTokens = 30,
                },
                Cancellation
            )
        )
        {
            break;
        }

        // When the enumerator has ended, the slot is free, so another caption finds the batch empty.
        await _captioner.CaptionAsync(Picture(), cancellationToken: Cancellation);
        Assert.Equal(0, _captioner.Load.Waiting);
    }

    [Fact]
    public async Task More_requests_than_the_queue_holds_are_refused_and_the_rest_are_captioned()
    {
        var requests = Enumerable.Range(0, 40).Select(_ => _captioner.CaptionAsync(Picture(), cancellationToken: Cancellation)).ToArray();
        await Task.WhenAll(requests.Select(request => ((Task)request).ContinueWith(_ => { }, TaskScheduler.Default)));
        var refused = requests.Where(request => request.IsFaulted).ToArray();
        Assert.NotEmpty(refused);
        Assert.All(refused, request => Assert.IsType<CaptionQueueFullException>(request.Exception!.InnerException));
        Assert.True(requests.Count(request => request.IsCompletedSuccessfully) >= 4);
        Assert.Equal(0, _captioner.Load.Waiting);
    }

    [Fact]
    public async Task A_cancelled_request_ends_as_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        await using var captioner = await Captioner.LoadAsync(
            TestFiles.Starter,
            new CaptionerOptions { Provider = ProviderChoice.Cpu, TimeProvider = new ClockOfTheBatch(cancel.Cancel) },
            Cancellation
        );
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => captioner.CaptionAsync(Picture(), cancellationToken: cancel.Token));
        Assert.Equal(0, captioner.Load.Waiting);
    }

    [Fact]
    public async Task A_bad_picture_takes_no_place()
    {
        await Assert.ThrowsAsync<ImageException>(() => _captioner.CaptionAsync(new byte[] { 1, 2, 3 }, cancellationToken: Cancellation));
        Assert.Equal(0, _captioner.Load.Waiting);
    }

    [Fact]
    public async Task An_unloaded_model_refuses_and_what_waited_is_told()
    {
        var captioner = await Captioner.LoadAsync(TestFiles.Starter, new CaptionerOptions { Provider = ProviderChoice.Cpu }, Cancellation);
        await captioner.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => captioner.CaptionAsync(Picture(), cancellationToken: Cancellation));
    }

    [Fact]
    public async Task A_seed_makes_a_drawn_caption_repeatable()
    {
        var options = new CaptionOptions
        {
            NumBeams = 1,
            DoSample = true,
            Seed = 11,
            NumReturnSequences = 3,
            Temperature = 1.2f,
        };
        var first = await _captioner.CaptionAsync(Picture(), options, Cancellation);
        var second = await _captioner.CaptionAsync(Picture(), options, Cancellation);
        Assert.Equal(first.Sequences.Select(sequence => sequence.Text), second.Sequences.Select(sequence => sequence.Text));
        Assert.Equal(3, first.Sequences.Count);
    }

    [Fact]
    public async Task A_crowd_whose_pictures_are_encoded_together_gets_the_captions_that_each_gets_alone()
    {
        // Sizes are tried after a few runs, whether they pay or not. So among this many, some runs take several pictures, some of
        // them cached.
        var options = new CaptionerOptions { Provider = ProviderChoice.Cpu, MaxEncodingBatch = 4 };
        await using var crowded = await Captioner.LoadAsync(TestFiles.Starter, options, Cancellation);
        (byte[] Picture, CaptionOptions Options)[] requests =
        [
            .. from name in new[] { "rgb.png", "gray.jpg", "thin.png", "baseline-420.jpg", "palette.png" }
            from prompt in new[] { null, "a picture of" }
            from beams in new[] { 1, 3 }
            select (File.ReadAllBytes(TestFiles.Fixture("images/" + name)), new CaptionOptions { Prompt = prompt, NumBeams = beams }),
        ];
        var together = await Task.WhenAll(requests.Select(request => crowded.CaptionAsync(request.Picture, request.Options, Cancellation)));
        foreach (var (request, caption) in requests.Zip(together))
        {
            var alone = await _captioner.CaptionAsync(request.Picture, request.Options, Cancellation);
            Assert.Equal(alone.Sequences[0].TokenIds, caption.Sequences[0].TokenIds);
            Assert.Equal(alone.Sequences[0].LogProbabilities, caption.Sequences[0].LogProbabilities);
        }
    }

    private static byte[] Picture() => File.ReadAllBytes(TestFiles.Fixture("images/rgb.png"));

    /// <summary>Reports when the batch reads the clock, as it does when a request joins.</summary>
    private sealed class ClockOfTheBatch(Action looked) : TimeProvider
    {
        public override long GetTimestamp()
        {
            if (Thread.CurrentThread.Name?.StartsWith("captions ", StringComparison.Ordinal) is true)
            {
                looked();
            }

            return System.GetTimestamp();
        }
    }
}
