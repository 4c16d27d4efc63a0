using System.Diagnostics;
using System.Diagnostics.Metrics;
using ImageToText.Captioning;
using ImageToText.InferenceService.Admission;
using ImageToText.InferenceService.Models;
using ImageToText.InferenceService.Uploads;

namespace ImageToText.InferenceService.Captions;

/// <summary>Traces and metrics of a node, named ImageToText.Inference.</summary>
internal sealed class CaptionTelemetry : IDisposable
{
    /// <summary>The name of the source and of the meter.</summary>
    public const string Name = "ImageToText.Inference";

    private readonly ActivitySource _source = new(Name);
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _stage;
    private readonly Histogram<double> _timePerToken;
    private readonly Histogram<double> _timeToFirstToken;
    private readonly Histogram<int> _tokens;
    private readonly Histogram<long> _imageSize;
    private readonly Counter<long> _reused;

    public CaptionTelemetry(IMeterFactory meters, ModelView models, CaptionAdmission admission, UploadBudget uploads)
    {
        var meter = meters.Create(Name);
        _duration = meter.CreateHistogram<double>(
            "gen_ai.server.request.duration",
            "s",
            "Time from a caption request's arrival to its answer."
        );
        _timePerToken = meter.CreateHistogram<double>("gen_ai.server.time_per_output_token", "s", "Generation time per token.");
        _timeToFirstToken = meter.CreateHistogram<double>(
            "gen_ai.server.time_to_first_token",
            "s",
            "Time from a caption request's arrival at the engine to its first token."
        );
        _tokens = meter.CreateHistogram<int>("gen_ai.client.token.usage", "{token}", "Tokens generated for one caption.");
        _stage = meter.CreateHistogram<double>("caption.stage.duration", "s", "Time of one stage of a caption.");
        _imageSize = meter.CreateHistogram<long>("caption.image.size", "By", "Size of the pictures' files.");
        _reused = meter.CreateCounter<long>(
            "caption.reuse",
            "{caption}",
            "Captions delivered, by what was saved because the picture had been seen before."
        );
        meter.CreateObservableUpDownCounter("caption.requests.in_hand", () => admission.InHand, "{request}", "Caption requests in hand.");
        meter.CreateObservableGauge(
            "caption.admission.limit",
            () => admission.Limit,
            "{request}",
            "Caption requests that may be in hand now."
        );
        meter.CreateObservableGauge(
            "caption.admission.work",
            () => admission.Work.TotalSeconds,
            "s",
            "Time until the requests in hand are done, estimated from measured captions."
        );
        meter.CreateObservableGauge(
            "caption.admission.service_time",
            () =>
                admission
                    .ServiceTimes()
                    .Select(each => new Measurement<double>(
                        each.Time.TotalSeconds,
                        new KeyValuePair<string, object?>("gen_ai.request.model", each.Model)
                    )),
            "s",
            "How much of the node's time one caption takes, given the other captions in its batch."
        );
        meter.CreateObservableUpDownCounter("caption.uploads.memory", () => uploads.Taken, "By", "Memory used by uploads in hand.");
        meter.CreateObservableUpDownCounter("caption.models.memory", () => models.MemoryUsed, "By", "Memory used by loaded models.");
        meter.CreateObservableUpDownCounter("caption.models.loaded", () => models.Activity().Loaded, "{model}", "Loaded models.");
        meter.CreateObservableUpDownCounter(
            "caption.queue.waiting",
            () => Observe(models, load => load.Waiting),
            "{request}",
            "Requests that wait for a place in a model's batch."
        );
        meter.CreateObservableUpDownCounter(
            "caption.queue.yielding",
            () => Observe(models, load => load.Yielding),
            "{request}",
            "Items of jobs among the requests that wait for a place in a model's batch."
        );
        meter.CreateObservableUpDownCounter(
            "caption.batch.rows",
            () => Observe(models, load => load.Rows),
            "{row}",
            "Sequences in a model's running batch."
        );
    }

    /// <summary>Records a caption that was delivered; its stages become spans of the current trace.</summary>
    public void Delivered(Caption caption, int imageBytes, TimeSpan total)
    {
        var model = new KeyValuePair<string, object?>("gen_ai.request.model", caption.ModelId);
        _duration.Record(total.TotalSeconds, model, Operation);
        _imageSize.Record(imageBytes, model, new("caption.image.format", caption.Image.Format.ToString().ToLowerInvariant()));
        _reused.Add(1, model, new("caption.reuse", caption.Reuse.ToString().ToLowerInvariant()));
        int tokens = caption.Sequences.Sum(sequence => sequence.TokenIds.Count);
        _tokens.Record(tokens, model, Operation, new("gen_ai.token.type", "output"));
        if (tokens > 0)
        {
            _timePerToken.Record(
                caption.Timings.Generate.TotalSeconds / caption.Sequences.Max(sequence => Math.Max(1, sequence.TokenIds.Count)),
                model,
                Operation
            );
        }

        if (caption.Timings.FirstToken > TimeSpan.Zero)
        {
            _timeToFirstToken.Record(caption.Timings.FirstToken.TotalSeconds, model, Operation);
        }

        // The engine reports how long each stage took, not when it began. So they are laid end to end before now, in order.
        var end = DateTimeOffset.UtcNow;
        Stage("caption.generate", caption.Timings.Generate, tokens);
        Stage("caption.encode", caption.Timings.Encode);
        Stage("caption.queue", caption.Timings.Queue);
        Stage("caption.preprocess", caption.Timings.Decode + caption.Timings.Preprocess);

        void Stage(string name, TimeSpan took, int? outputTokens = null)
        {
            _stage.Record(took.TotalSeconds, model, new("caption.stage", name["caption.".Length..]));
            var start = end - took;
            using (var span = _source.StartActivity(name, ActivityKind.Internal, default(ActivityContext), startTime: start))
            {
                span?.SetTag("gen_ai.request.model", caption.ModelId);
                if (outputTokens is { } count)
                {
                    span?.SetTag("gen_ai.usage.output_tokens", count);
                }

                span?.SetEndTime(end.UtcDateTime);
            }
            end = start;
        }
    }

    /// <summary>Records a request that ended without a caption.</summary>
    /// <param name="model">The model, if it is one of ours.</param>
    /// <param name="fault">The HTTP status, or cancelled.</param>
    /// <param name="total">Time since its arrival.</param>
    public void Failed(string? model, string fault, TimeSpan total) =>
        _duration.Record(total.TotalSeconds, new("gen_ai.request.model", model), Operation, new("error.type", fault));

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private static KeyValuePair<string, object?> Operation => new("gen_ai.operation.name", "image_to_text");

    private static IEnumerable<Measurement<int>> Observe(ModelView models, Func<CaptionerLoad, int> value) =>
        models
            .Loaded()
            .Select(loaded => new Measurement<int>(
                value(loaded.Load),
                new KeyValuePair<string, object?>("gen_ai.request.model", loaded.Model.Id)
            ));
}
