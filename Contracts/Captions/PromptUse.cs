using System.Text.Json.Serialization;

namespace ImageToText.Contracts;

/// <summary>What a model does with a prompt.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<PromptUse>))]
public enum PromptUse
{
    /// <summary>It takes none, and refuses one.</summary>
    None,

    /// <summary>It continues the prompt: the caption begins with it.</summary>
    Continues,

    /// <summary>It follows the prompt, an instruction or a question: the caption is the answer.</summary>
    Follows,

    /// <summary>It has a fixed list of tasks, and the prompt names one of them.</summary>
    Tasks,
}
