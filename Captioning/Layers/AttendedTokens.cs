namespace ImageToText.Captioning.Layers;

/// <summary>
/// What a text decoder's layers attend to besides the text: a picture's tokens, or these together with a prompt.
/// </summary>
/// <param name="Count">Tokens that there is room for.</param>
/// <param name="Varies">Whether requests fill different numbers of them and leave the rest empty.</param>
internal readonly record struct AttendedTokens(int Count, bool Varies);
