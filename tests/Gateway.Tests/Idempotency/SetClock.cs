namespace ImageToText.Gateway.Tests.Idempotency;

/// <summary>A clock that can be put ahead.</summary>
internal sealed class SetClock : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
}
