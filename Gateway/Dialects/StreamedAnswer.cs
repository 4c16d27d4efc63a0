using System.Runtime.CompilerServices;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Dialects;

/// <summary>What every streamed answer does, whatever its pieces look like.</summary>
internal static class StreamedAnswer
{
    /// <summary>The pieces. After the first one was sent, a refusal can only be sent as another piece.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="pieces">The pieces.</param>
    /// <param name="explain">Turns a refusal into a piece.</param>
    /// <param name="cancellationToken">Ends them.</param>
    /// <exception cref="RefusalException">The answer failed before its first piece.</exception>
    public static async IAsyncEnumerable<T> EndingWithRefusal<T>(
        HttpResponse response,
        IAsyncEnumerable<T> pieces,
        Func<Refusal, T> explain,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using var all = pieces.GetAsyncEnumerator(cancellationToken);
        bool refused = false;
        while (!refused)
        {
            T next;
            try
            {
                if (!await all.MoveNextAsync())
                {
                    yield break;
                }

                next = all.Current;
            }
            catch (RefusalException refusal) when (response.HasStarted)
            {
                next = explain(refusal.Refusal);
                refused = true;
            }

            yield return next;
        }
    }
}
