using System.Security.Cryptography;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.ImageHeaders;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Gateway.Tests.Intake;

public sealed class IntakeTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly IntakeOptions _options = new() { MaxBytesInFlight = 4 << 20, MaxBodyBytes = 2 << 20 };

    [Theory]
    [InlineData(200_000, false)]
    [InlineData(1_500_000, true)]
    public async Task A_picture_is_hashed_and_measured_and_its_memory_is_released(int padding, bool isAnnounced)
    {
        var intake = Intake();
        byte[] png = Pictures.Png(640, 480, padding: padding);
        var request = Request(new MemoryStream(png));
        request.ContentLength = isAnnounced ? png.Length : null;
        using (var picture = await intake.ReadPictureAsync(request))
        {
            Assert.Equal((640, 480), (picture.Header.Width, picture.Header.Height));
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(png)), picture.Sha256);
            using var copy = new MemoryStream();
            await picture.Bytes.CopyToAsync(copy, TestContext.Current.CancellationToken);
            Assert.Equal(png, copy.ToArray());
            Assert.InRange(intake.Room.Held, png.Length, png.Length + (2 * PooledBytes.SegmentSize));
        }

        Assert.Equal(0, intake.Room.Held);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused_by_its_announced_length_or_once_it_exceeds_it()
    {
        var announced = Request(new NeverStream());
        announced.ContentLength = (2 << 20) + 1;
        Assert.Equal(413, (await Assert.ThrowsAsync<RefusalException>(() => Intake().ReadPictureAsync(announced))).Refusal.Status);

        var endless = new EndlessUpload(Pictures.Png(10, 10));
        Assert.Equal(413, (await Assert.ThrowsAsync<RefusalException>(() => Intake().ReadPictureAsync(Request(endless)))).Refusal.Status);
        Assert.InRange(endless.Given, 2 << 20, (2 << 20) + (2 * PooledBytes.SegmentSize));
    }

    [Fact]
    public async Task A_body_that_is_not_a_picture_is_refused_before_the_rest_is_read()
    {
        var endless = new EndlessUpload("<!DOCTYPE html><html><head><title>no picture</title>"u8.ToArray());
        Assert.Equal(415, (await Assert.ThrowsAsync<RefusalException>(() => Intake().ReadPictureAsync(Request(endless)))).Refusal.Status);
        Assert.InRange(endless.Given, 1, 2 * PooledBytes.SegmentSize);
    }

    [Fact]
    public async Task A_format_that_is_switched_off_is_refused_before_the_rest_is_read()
    {
        _options.RefusedFormats.Add(ImageFormat.Png);
        var endless = new EndlessUpload(Pictures.Png(10, 10));
        var refused = await Assert.ThrowsAsync<RefusalException>(() => Intake().ReadPictureAsync(Request(endless)));
        Assert.Equal(415, refused.Refusal.Status);
        Assert.Contains("PNG pictures are switched off", refused.Message, StringComparison.Ordinal);
        Assert.InRange(endless.Given, 1, 2 * PooledBytes.SegmentSize);
    }

    [Fact]
    public async Task A_request_over_the_bytes_in_flight_gets_429_and_its_memory_is_released()
    {
        var intake = Intake();
        byte[] png = Pictures.Png(10, 10, padding: (3 << 20) / 2);
        using var first = await intake.ReadPictureAsync(Request(new MemoryStream(png)));
        using var second = await intake.ReadPictureAsync(Request(new MemoryStream(png)));
        long held = intake.Room.Held;
        var refused = await Assert.ThrowsAsync<RefusalException>(() => intake.ReadPictureAsync(Request(new MemoryStream(png))));
        Assert.Equal(429, refused.Refusal.Status);
        Assert.NotNull(refused.Refusal.RetryAfter);
        Assert.Equal(held, intake.Room.Held);
    }

    [Fact]
    public async Task An_upload_below_the_minimum_rate_is_cut_off_and_a_steady_one_is_not()
    {
        var slow = Intake().ReadPictureAsync(Request(new NeverStream()));
        _time.Advance(_options.Grace - TimeSpan.FromMilliseconds(1));
        Assert.False(slow.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(408, (await Assert.ThrowsAsync<RefusalException>(() => slow)).Refusal.Status);

        var pace = new UploadPace(_options, _time);
        for (int second = 0; second < 60; second++)
        {
            pace.Received((int)_options.MinBytesPerSecond);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.False(pace.CutOff.IsCancellationRequested);
        _time.Advance(_options.Grace + TimeSpan.FromSeconds(1));
        Assert.True(pace.CutOff.IsCancellationRequested);
    }

    [Fact]
    public void A_steady_upload_has_five_minutes_and_a_file_of_requests_as_long_as_it_needs()
    {
        using var picture = new UploadPace(_options, _time);
        using var file = new UploadPace(_options, _time, isFile: true);
        for (int second = 0; second < 301; second++)
        {
            picture.Received((int)_options.MinBytesPerSecond);
            file.Received((int)_options.MinBytesPerSecond);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((true, false), (picture.CutOff.IsCancellationRequested, file.CutOff.IsCancellationRequested));
        // The file still has to keep its pace.
        _time.Advance(_options.Grace + TimeSpan.FromSeconds(1));
        Assert.True(file.CutOff.IsCancellationRequested);
    }

    [Fact]
    public void A_file_that_came_fast_and_then_stands_still_is_cut_off_after_the_timeout()
    {
        using var file = new UploadPace(_options, _time, isFile: true);
        // By its average alone, it would have hours.
        file.Received(190 << 20);
        _time.Advance(_options.Timeout - TimeSpan.FromSeconds(1));
        Assert.False(file.CutOff.IsCancellationRequested);
        file.Received(1);
        _time.Advance(_options.Timeout - TimeSpan.FromSeconds(1));
        Assert.False(file.CutOff.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(file.CutOff.IsCancellationRequested);
    }

    [Fact]
    public void Bytes_return_to_the_pool_only_after_the_last_reader_is_done()
    {
        var room = new InFlightBytes(1 << 20, TimeSpan.FromSeconds(1));
        var allowance = new Allowance(room, 10);
        var bytes = new PooledBytes(allowance);
        bytes.Write("hello"u8);
        allowance.Dispose();
        var lease = bytes.TakeLease();
        bytes.Dispose();
        bytes.Dispose();
        Assert.NotEqual(0, room.Held);
        lease.Dispose();
        Assert.Equal(0, room.Held);
        Assert.Throws<ObjectDisposedException>(() => bytes.TakeLease());
    }

    private static HttpRequest Request(Stream body)
    {
        var http = new DefaultHttpContext();
        http.Request.Body = body;
        http.Request.ContentLength = body is MemoryStream ? body.Length : null;
        return http.Request;
    }

    private PictureIntake Intake() => new(Options.Create(_options), _time);

    private sealed class NeverStream : ReadOnlyStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }

    private sealed class EndlessUpload(byte[] start) : ReadOnlyStream
    {
        public long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = Math.Min(buffer.Length, 10_000);
            buffer.Span[..count].Fill((byte)'x');
            if (Given == 0)
            {
                start.AsSpan(0, Math.Min(count, start.Length)).CopyTo(buffer.Span);
            }

            Given += count;
            return ValueTask.FromResult(count);
        }
    }

    private abstract class ReadOnlyStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
