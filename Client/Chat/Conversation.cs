using Microsoft.Extensions.AI;

namespace ImageToText.Client.Chat;

/// <summary>What counts of a conversation: its last picture and its last question.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Question">The last text of the user; empty: there is none.</param>
internal readonly record struct Conversation(Picture Picture, string Question)
{
    /// <summary>Reads messages.</summary>
    /// <exception cref="ArgumentException">
    /// They hold no picture, more than one in the last message with pictures, or a picture's web address.
    /// </exception>
    public static Conversation Read(IEnumerable<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var latestFirst = messages.Reverse().ToArray();
        return new Conversation(
            latestFirst.Select(PictureOf).FirstOrDefault(static picture => picture is not null)
                ?? throw new ArgumentException(
                    "The messages hold no picture: add one as DataContent with an image's media type.",
                    nameof(messages)
                ),
            latestFirst
                .Where(static message => message.Role == ChatRole.User)
                .Select(static message => string.Join('\n', message.Contents.OfType<TextContent>().Select(static text => text.Text)).Trim())
                .FirstOrDefault(static text => text.Length > 0)
                ?? ""
        );
    }

    private static Picture? PictureOf(ChatMessage message)
    {
        Picture? found = null;
        foreach (var content in message.Contents)
        {
            if (content is UriContent address && address.HasTopLevelMediaType("image"))
            {
                throw new ArgumentException(
                    "The messages name a picture by its web address: load it and pass it as DataContent.",
                    nameof(message)
                );
            }

            if (content is DataContent data && data.HasTopLevelMediaType("image"))
            {
                found = found is null
                    ? new Picture(data.Data, data.Name)
                    : throw new ArgumentException("A message holds more than one picture: send each in its own request.", nameof(message));
            }
        }

        return found;
    }
}
