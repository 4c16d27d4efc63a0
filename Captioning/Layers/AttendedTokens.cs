namespace ImageToText.Captioning.Layers;

/// <summary>What the layers of a text decoder attend to beside the text: a picture's tokens, or these with a prompt.</summary>
/// <param name="Count">Tokens that there is room for.</param>
/// <param name="Varies">Whether requests fill different numbers of them, and the rest is empty.</param>
internal readonly record struct AttendedTokens(int Count, bool Varies);
