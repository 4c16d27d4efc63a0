using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Dialects.OpenAi;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Storage.Rows;
using ImageToText.Gateway.Registry;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Quotes;

/// <summary>Says what a file's requests will cost, from the headers of their pictures and the prices in force.</summary>
internal sealed class JobQuotes(FileShelf shelf, Network network, IOptions<JobOptions> options, IOptions<IntakeOptions> intake)
{
    private const int LinesAtOnce = 1024;

    /// <summary>Makes a quote.</summary>
    /// <param name="file">The file.</param>
    /// <param name="form">How its lines' bodies name things.</param>
    /// <param name="caller">The key that pays.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The quote; null: a model has no price at present.</returns>
    /// <exception cref="RefusalException">402: every request is dearer than its cap.</exception>
    public async Task<JobQuote?> OfAsync(StoredFile file, ChatForm form, KeyGrant caller, CancellationToken cancellationToken)
    {
        var sum = new QuoteSum(network.View, caller, options.Value.PriceFactor, intake.Value.MaxPixels);
        await using var lines = await shelf.OpenAsync(file.FileId, cancellationToken);
        for (int first = 0; first < file.Lines; first += LinesAtOnce)
        {
            foreach (var place in await shelf.PlacesAsync(file.FileId, first, LinesAtOnce, cancellationToken))
            {
                if (place.Fault != LineFault.None)
                {
                    continue;
                }

                byte[] bytes = await place.ReadAsync(lines, cancellationToken);
                if (RequestLine.Read(bytes, out var asked) == LineFault.None)
                {
                    sum.Add(QuotedLine.Read(bytes.AsMemory(asked.Body), form));
                }
            }
        }

        return sum.Quote();
    }
}
