namespace ImageToText.AppHost.Commands;

/// <summary>When a command is available: while its resource runs.</summary>
internal static class WhileRunning
{
    public static ResourceCommandState Enabled(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;
}
