namespace ImageToText.Captioning;

/// <summary>When a beam search ends before the maximum length; transformers' early_stopping.</summary>
public enum EarlyStopping
{
    /// <summary>false: when the best running beam, divided by its present length, is worse than the worst finished one.</summary>
    Heuristic,

    /// <summary>true: when as many sequences are finished as there are beams.</summary>
    WhenFull,

    /// <summary>"never": when no running beam can become better than the worst finished one at any length.</summary>
    Never,
}
