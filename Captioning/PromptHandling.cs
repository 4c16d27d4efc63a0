namespace ImageToText.Captioning;

/// <summary>What a model does with a prompt.</summary>
public enum PromptHandling
{
    /// <summary>It takes no prompt, and refuses one.</summary>
    None,

    /// <summary>It continues the prompt, so the caption begins with it.</summary>
    Continues,

    /// <summary>It follows the prompt, an instruction or a question, so the caption is the answer.</summary>
    Follows,

    /// <summary>It has a fixed list of tasks, and the prompt names one.</summary>
    Tasks,
}
