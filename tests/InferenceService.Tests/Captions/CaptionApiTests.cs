using System.Net;
using System.Net.Http.Json;
using ImageToText.Captioning;
using ImageToText.Contracts;
using ImageToText.InferenceService.Tests.Node;

namespace ImageToText.InferenceService.Tests.Captions;

/// <summary>What a node answers to a request for a caption.</summary>
public sealed class CaptionApiTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_caption_is_answered_as_by_the_runner()
    {
        await using var node = await TestNode.StartAsync();

        using var answer = await node.CaptionAsync(("prompt", "a photo of"), ("model_id", TestNode.Model));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("""{"text":"a cat on a mat"}""", await answer.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal("revision-of-tester/cats", answer.Headers.GetValues("x-model-revision").Single());
        Assert.Equal(
            "queue;dur=1.5, decode;dur=2, preprocess;dur=3, encode;dur=4, generate;dur=5.25",
            answer.Headers.GetValues("Server-Timing").Single()
        );
        Assert.Equal(TestPictures.Png.Length, Assert.Single(node.Captioner.ImageBytes));
        Assert.Equal("a photo of", Assert.Single(node.Captioner.Asked)!.Prompt);
    }

    [Fact]
    public async Task Details_have_the_documented_shape()
    {
        await using var node = await TestNode.StartAsync();

        using var answer = await node.CaptionAsync(("details", "true"));

        Assert.Equal(
            """{"text":"a cat on a mat","model_id":"tester/cats","details":{"sequences":[{"text":"a cat on a mat","token_ids":[100,101],"log_probabilities":[-0.5,-0.25,-0.125],"score":-0.75,"finish_reason":"stop"}],"confidence":0.5,"image":{"width":512,"height":384,"format":"png"},"timings":{"queue":1.5,"decode":2,"preprocess":3,"encode":4,"generate":5.25}}}""",
            await answer.Content.ReadAsStringAsync(Cancelled)
        );
        var typed = await answer.Content.ReadFromJsonAsync(NodeApiJson.Default.CaptionResponse, Cancelled);
        Assert.Equal(0.5, typed!.Details!.Confidence);
    }

    [Fact]
    public async Task Every_option_reaches_the_engine()
    {
        await using var node = await TestNode.StartAsync();

        using var answer = await node.CaptionAsync(
            ("prompt", "two"),
            ("num_beams", "3"),
            ("max_new_tokens", "40"),
            ("min_new_tokens", "5"),
            ("early_stopping", "never"),
            ("length_penalty", "0.5"),
            ("repetition_penalty", "1.25"),
            ("no_repeat_ngram_size", "2"),
            ("do_sample", "true"),
            ("temperature", "0.75"),
            ("top_p", "0.5"),
            ("top_k", "10"),
            ("seed", "9007199254740993"),
            ("num_return_sequences", "2"),
            ("suppress_defect_words", "false")
        );

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(
            new CaptionOptions
            {
                Prompt = "two",
                NumBeams = 3,
                MaxNewTokens = 40,
                MinNewTokens = 5,
                EarlyStopping = EarlyStopping.Never,
                LengthPenalty = 0.5f,
                RepetitionPenalty = 1.25f,
                NoRepeatNgramSize = 2,
                DoSample = true,
                Temperature = 0.75f,
                TopP = 0.5f,
                TopK = 10,
                Seed = 9007199254740993,
                NumReturnSequences = 2,
                SuppressDefectWords = false,
            },
            Assert.Single(node.Captioner.Asked)
        );
    }

    [Fact]
    public async Task Zero_and_false_reach_the_engine_too()
    {
        await using var node = await TestNode.StartAsync();
        using var answer = await node.CaptionAsync(
            ("min_new_tokens", "0"),
            ("early_stopping", "false"),
            ("no_repeat_ngram_size", "0"),
            ("do_sample", "false"),
            ("top_k", "0"),
            ("seed", "0")
        );
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(
            new CaptionOptions
            {
                MinNewTokens = 0,
                EarlyStopping = EarlyStopping.Heuristic,
                NoRepeatNgramSize = 0,
                DoSample = false,
                TopK = 0,
                Seed = 0,
            },
            Assert.Single(node.Captioner.Asked)
        );
    }

    [Fact]
    public async Task Missing_and_empty_fields_are_left_to_the_model()
    {
        await using var node = await TestNode.StartAsync();

        using var answer = await node.CaptionAsync(("prompt", ""), ("model_id", ""), ("num_beams", ""));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(new CaptionOptions(), Assert.Single(node.Captioner.Asked));
    }

    [Fact]
    public async Task A_trailing_slash_on_the_route_is_accepted()
    {
        await using var node = await TestNode.StartAsync();
        using var form = TestNode.Form(TestPictures.Png);
        using var answer = await node.Client.PostAsync("/image-to-text/", form, Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_missing_picture_is_reported_as_by_the_runner()
    {
        await using var node = await TestNode.StartAsync();
        using var form = TestNode.Form(null, ("prompt", "x"));

        using var answer = await node.Client.PostAsync("/image-to-text", form, Cancelled);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal(
            """{"detail":[{"loc":["body","image"],"msg":"Field required","type":"missing"}]}""",
            await answer.Content.ReadAsStringAsync(Cancelled)
        );
    }

    [Fact]
    public async Task A_body_that_is_not_a_form_has_no_picture()
    {
        await using var node = await TestNode.StartAsync();
        using var answer = await node.Client.PostAsync("/image-to-text", new ByteArrayContent(TestPictures.Png), Cancelled);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
    }

    [Fact]
    public async Task Every_invalid_field_is_reported()
    {
        await using var node = await TestNode.StartAsync();

        using var answer = await node.CaptionAsync(
            ("num_beams", "many"),
            ("temperature", "nan"),
            ("details", "perhaps"),
            ("top_k", "99999999999")
        );

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var faults = (await answer.Content.ReadFromJsonAsync(NodeApiJson.Default.NodeValidationError, Cancelled))!.Detail;
        Assert.Equal(
            [("details", "bool_parsing"), ("num_beams", "int_parsing"), ("temperature", "finite_number"), ("top_k", "int_parsing_size")],
            faults.Select(fault => (fault.Loc[^1], fault.Type)).OrderBy(fault => fault.Item1, StringComparer.Ordinal)
        );
        Assert.All(faults, fault => Assert.Equal("body", fault.Loc[0]));
        Assert.Empty(node.Captioner.Asked);
    }

    [Fact]
    public async Task An_option_refused_by_the_engine_is_named()
    {
        await using var node = await TestNode.StartAsync();
        node.Captioner.Refusal = new CaptionOptionException("num_beams", "num_beams is 99: give 1 to 16.");

        using var answer = await node.CaptionAsync(("num_beams", "99"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal(
            """{"detail":[{"loc":["body","num_beams"],"msg":"num_beams is 99: give 1 to 16.","type":"value_error"}]}""",
            await answer.Content.ReadAsStringAsync(Cancelled)
        );
    }

    [Theory]
    [InlineData(ImageFault.Empty, 422, """[{"loc":["body","image"],"msg":"What is wrong with it.","type":"invalid_image"}]""")]
    [InlineData(ImageFault.Corrupt, 422, """[{"loc":["body","image"],"msg":"What is wrong with it.","type":"invalid_image"}]""")]
    [InlineData(ImageFault.TooLarge, 413, """{"msg":"What is wrong with it.","code":"image_too_large"}""")]
    [InlineData(ImageFault.UnsupportedFormat, 415, """{"msg":"What is wrong with it.","code":"unsupported_image"}""")]
    public async Task An_unreadable_picture_is_the_callers_fault(ImageFault fault, int status, string detail)
    {
        await using var node = await TestNode.StartAsync();
        node.Captioner.Refusal = new ImageException(fault, "What is wrong with it.");

        using var answer = await node.CaptionAsync();

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal($$"""{"detail":{{detail}}}""", await answer.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_fault_of_the_node_reveals_nothing_internal()
    {
        await using var node = await TestNode.StartAsync();
        node.Captioner.Refusal = new InvalidOperationException("secret insides");

        using var answer = await node.CaptionAsync();

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("""{"detail":{"msg":"Image-to-text pipeline error."}}""", await answer.Content.ReadAsStringAsync(Cancelled));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_full_queue_and_decoders_that_are_busy_say_when_to_retry(bool isDecoding)
    {
        await using var node = await TestNode.StartAsync();
        node.Captioner.Refusal = isDecoding ? new ImageException(ImageFault.Busy, "Busy.") : new CaptionQueueFullException(64);

        using var answer = await node.CaptionAsync();

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.True(answer.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    [InlineData(null, false)]
    public async Task A_request_that_is_marked_yields(string? mark, bool yields)
    {
        await using var node = await TestNode.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/image-to-text") { Content = TestNode.Form(TestPictures.Png) };
        if (mark is not null)
        {
            request.Headers.Add(CaptionHeaders.Yields, mark);
        }

        using var answer = await node.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(yields, Assert.Single(node.Captioner.Asked)!.Yields);
    }

    [Fact]
    public async Task A_picture_whose_size_differs_from_the_priced_one_is_refused_before_captioning()
    {
        await using var node = await TestNode.StartAsync();

        using var wrong = await node.CaptionAsync(("expected_width", "100"), ("expected_height", "384"));
        using var right = await node.CaptionAsync(("expected_width", "512"), ("expected_height", "384"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
        Assert.Equal(
            """{"detail":[{"loc":["body","expected_width"],"msg":"The picture is 512 pixels wide, not 100","type":"size_mismatch"}]}""",
            await wrong.Content.ReadAsStringAsync(Cancelled)
        );
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        Assert.Single(node.Captioner.Asked);
    }

    [Fact]
    public async Task A_picture_rotated_by_late_metadata_keeps_the_size_it_was_priced_by()
    {
        await using var node = await TestNode.StartAsync();
        using var answer = await node.CaptionAsync(("expected_width", "384"), ("expected_height", "512"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_decoded_size_that_differs_from_the_header_is_refused()
    {
        await using var node = await TestNode.StartAsync();
        node.Captioner.Image = node.Captioner.Image with { Height = 9000 };

        using var answer = await node.CaptionAsync(("expected_width", "512"), ("expected_height", "384"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
    }
}
