using System.Globalization;
using ImageToText.Captioning;
using ImageToText.Contracts.Catalogue;
using ImageToText.InferenceService.Hub;
using ImageToText.InferenceService.Models;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Verification;

/// <summary>
/// Verifies one model: pulls it from the hub, loads it beside the others, captions the samples, measures, and compares with the
/// expectations.
/// </summary>
internal sealed class ModelVerification(
    HubDownloader hub,
    ModelStore models,
    ModelMemory memory,
    SamplePictures samples,
    IOptions<VerificationOptions> options,
    TimeProvider time
)
{
    // Float32 weights on disk are four times as large as eight-bit ones in memory. Anything still larger has no room here.
    private const int WeightsOverMemory = 4;

    /// <summary>Runs all steps.</summary>
    /// <returns>The measurements, and what is wrong with the model; null: nothing.</returns>
    /// <exception cref="HubException">The model could not be pulled.</exception>
    /// <exception cref="ModelFailedException">It can't be loaded.</exception>
    /// <exception cref="ModelNotReadyException">This node has no room for it now.</exception>
    public async Task<(VerificationMeasurements Measurements, string? Reason)> RunAsync(
        VerificationJob job,
        VerificationReport report,
        CancellationToken cancellationToken
    )
    {
        var reference = new HubModelReference(job.ModelId, job.HubRevision);
        await report.StepAsync(VerificationStepName.Pull, () => PullAsync(reference, cancellationToken), cancellationToken);

        ModelLease? lease = null;
        var loading = TimeSpan.Zero;
        await report.StepAsync(
            VerificationStepName.Load,
            async () =>
            {
                long started = time.GetTimestamp();
                lease = await AcquireAsync(reference.ToString(), cancellationToken);
                loading = time.GetElapsedTime(started);
                var model = lease.Captioner.Model;
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{model.Architecture}, {model.Parameters} parameters, {model.Precision} on {model.Provider}, in "
                        + $"{loading.TotalSeconds:F2} s"
                );
            },
            cancellationToken
        );
        using (lease!)
        {
            return await MeasureAsync(lease!.Captioner, loading, job, report, cancellationToken);
        }
    }

    private async Task<string> PullAsync(HubModelReference reference, CancellationToken cancellationToken)
    {
        var pulled = await hub.PullAsync(
            reference,
            Accept,
            mostBytes: WeightsOverMemory * memory.Budget,
            cancellationToken: cancellationToken
        );
        return string.Create(
            CultureInfo.InvariantCulture,
            $"commit {pulled.Commit}, {pulled.Weights?.ToString() ?? "from the cache"}, {pulled.DownloadedBytes} bytes downloaded"
        );
    }

    private IReadOnlyCollection<string> Accept(HubModel model)
    {
        var verdict = ModelVerdict.Require(model);
        model.Licence?.Require(
            model.Reference,
            options.Value.AcceptedLicences.Contains(model.Licence.Id),
            $"name it in {VerificationOptions.Section}:{nameof(VerificationOptions.AcceptedLicences)} of this node"
        );
        return verdict.WantedFiles;
    }

    // A large model may take longer to load than a caption's caller would wait. A second attempt waits for the load under way.
    private async Task<ModelLease> AcquireAsync(string modelId, CancellationToken cancellationToken)
    {
        const int tries = 10;
        for (int left = tries; ; left--)
        {
            try
            {
                await models.LoadAsync(modelId, cancellationToken);
                return await models.AcquireAsync(modelId, cancellationToken);
            }
            catch (ModelNotReadyException) when (left > 1)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    private async Task<(VerificationMeasurements Measurements, string? Reason)> MeasureAsync(
        ICaptioner captioner,
        TimeSpan loading,
        VerificationJob job,
        VerificationReport report,
        CancellationToken cancellationToken
    )
    {
        var captions = new Dictionary<string, string>(StringComparer.Ordinal);
        var milliseconds = new List<double>();
        await report.StepAsync(
            VerificationStepName.Caption,
            async () =>
            {
                // Made by this model, here and now: nothing from a cache, and each picture for the first time, including its
                // encoding.
                foreach (var (name, bytes) in samples.Read())
                {
                    long started = time.GetTimestamp();
                    captions[name] = (
                        await captioner.CaptionAsync(bytes, new CaptionOptions { CacheUse = PictureCacheUse.None }, cancellationToken)
                    ).Text;
                    milliseconds.Add(time.GetElapsedTime(started).TotalMilliseconds);
                }

                return string.Join("; ", captions.Select(caption => $"{caption.Key}: {caption.Value}"));
            },
            cancellationToken
        );
        await report.StepAsync(
            VerificationStepName.Measure,
            () =>
            {
                milliseconds.Sort();
                return Task.FromResult(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"median {Quantile(milliseconds, 0.5):F0} ms, 95th percentile {Quantile(milliseconds, 0.95):F0} "
                            + $"ms, {captioner.Model.MemoryBytes >> 20} MiB"
                    )
                );
            },
            cancellationToken
        );

        var expected = (job.Expectations ?? new Dictionary<string, string>()).Where(pair => captions.ContainsKey(pair.Key)).ToArray();
        var wrong = expected.Where(pair => captions[pair.Key] != pair.Value).ToArray();
        if (expected.Length == 0)
        {
            await report.SkipAsync(VerificationStepName.Compare, "no expectation is stored for a sample", cancellationToken);
        }
        else
        {
            await report.StepAsync(
                VerificationStepName.Compare,
                () =>
                    Task.FromResult(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{expected.Length - wrong.Length} of {expected.Length} captions are as expected"
                        )
                    ),
                cancellationToken
            );
        }

        var measurements = new VerificationMeasurements(
            loading.TotalSeconds,
            Quantile(milliseconds, 0.5),
            Quantile(milliseconds, 0.95),
            captioner.Model.MemoryBytes,
            captions.Count,
            expected.Length == 0 ? null : expected.Length - wrong.Length,
            expected.Length == 0 ? null : expected.Length,
            captioner.Model.Precision.ToString().ToLowerInvariant(),
            captioner.Model.Revision
        );
        return (
            measurements,
            wrong.Length == 0
                ? null
                : $"{wrong.Length} of {expected.Length} captions differ from what was expected: "
                    + string.Join("; ", wrong.Select(pair => $"{pair.Key} gave \"{captions[pair.Key]}\" instead of \"{pair.Value}\""))
        );
    }

    private static double? Quantile(List<double> sorted, double share) =>
        sorted.Count == 0 ? null : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)];
}
