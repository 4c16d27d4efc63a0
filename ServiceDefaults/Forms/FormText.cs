using System.Buffers;
using System.Text;

namespace ImageToText.ServiceDefaults.Forms;

/// <summary>The text fields of multipart forms.</summary>
public static class FormText
{
    /// <summary>Reads a field's body to its end.</summary>
    /// <param name="body">The body.</param>
    /// <param name="most">The most bytes to accept.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The text; null: it is longer.</returns>
    public static async Task<string?> ReadAsync(Stream body, int most, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(body);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(most + 1);
        try
        {
            int length = await body.ReadAtLeastAsync(buffer.AsMemory(0, most + 1), most + 1, throwOnEndOfStream: false, cancellationToken);
            return length > most ? null : Encoding.UTF8.GetString(buffer, 0, length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
