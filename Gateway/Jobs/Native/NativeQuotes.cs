using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Jobs.Quotes;
using ImageToText.Gateway.Registry;
using ImageToText.ImageHeaders;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Native;

/// <summary>
/// Says what one of our own jobs will cost, from the headers of its pictures in a folder or bucket. Pictures at web addresses aren't
/// fetched for that.
/// </summary>
internal sealed class NativeQuotes(JobPictures places, Network network, IOptions<JobOptions> options, IOptions<IntakeOptions> intake)
{
    // Enough for the header of nearly every picture.
    private const int FirstBytes = 64 * 1024;
    private const int AtOnce = 16;

    /// <summary>Makes a quote.</summary>
    /// <param name="job">The job.</param>
    /// <param name="caller">The key that pays.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The quote; null: the model has no price at present.</returns>
    /// <exception cref="RefusalException">402: every picture is dearer than its cap; or the pictures can't be listed.</exception>
    public async Task<JobQuote?> OfAsync(NativeJob job, KeyGrant caller, CancellationToken cancellationToken)
    {
        var place = places.Of(job.Ask);
        var sum = new QuoteSum(network.View, caller, options.Value.PriceFactor, intake.Value.MaxPixels);
        var fields = job.Fields;
        int looked = 0;
        await Parallel.ForEachAsync(
            job.Pictures,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (picture, stop) =>
            {
                bool looks = place is not null && Interlocked.Increment(ref looked) <= options.Value.MaxQuotedHeaders;
                var (mayCost, size) = looks ? await LookAsync(place!, picture.Name, stop) : (true, null);
                lock (sum)
                {
                    sum.Add(mayCost ? new QuotedLine(fields.ModelId, fields.Parameters.Sequences, fields.MaxPricePerPixel, size) : null);
                }
            }
        );
        return sum.Quote();
    }

    // What is certainly no picture fails, and costs nothing.
    private static async Task<(bool MayCost, ImageHeader? Size)> LookAsync(
        INamedPictures place,
        string name,
        CancellationToken cancellationToken
    )
    {
        try
        {
            byte[] start = await place.StartOfAsync(name, FirstBytes, cancellationToken);
            var found = ImageHeaderReader.Read(start, isComplete: start.Length < FirstBytes);
            return (
                found.Status is ImageHeaderStatus.Found or ImageHeaderStatus.NeedMoreBytes,
                found.Status == ImageHeaderStatus.Found ? found.Header : null
            );
        }
        // A bucket that can't be used has no quote.
        catch (Exception failure)
            when (failure is IOException || (failure is RefusalException { Refusal.Code: var code } && !Refusals.IsOfPlace(code)))
        {
            return (true, null);
        }
    }
}
