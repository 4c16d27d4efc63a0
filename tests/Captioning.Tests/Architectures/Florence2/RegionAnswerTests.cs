using ImageToText.Captioning.Architectures.Florence2;
using ImageToText.Captioning.Tokenization;
using ImageToText.ImageHeaders;

namespace ImageToText.Captioning.Tests.Architectures.Florence2;

/// <summary>Answers of labels and places, taken apart.</summary>
public sealed class RegionAnswerTests
{
    private static readonly ITokenizer Tokenizer = PlaceTokens.Load(TestFiles.Family("florence2"));
    private static readonly PictureInfo Picture = new(2000, 500, ImageFormat.Png);

    [Fact]
    public void Boxes_come_with_their_labels_in_pixels_and_a_line_each()
    {
        var (text, regions) = Read(RegionShape.Box, "<s>red car<loc_10><loc_20><loc_30><loc_40>dog<loc_500><loc_0><loc_999><loc_999></s>");
        Assert.Equal("red car\ndog", text);
        Assert.Collection(
            regions,
            car => Assert.Equal(("red car", 21.0, 10.25, 61.0, 20.25), (car.Label, car.Left, car.Top, car.Right, car.Bottom)),
            dog => Assert.Equal(("dog", 1001.0, 0.25, 1999.0, 499.75), (dog.Label, dog.Left, dog.Top, dog.Right, dog.Bottom))
        );
        Assert.All(regions, static region => Assert.Empty(region.Outline));
    }

    [Fact]
    public void Edges_come_in_order_and_inside_the_picture()
    {
        var (_, regions) = Read(RegionShape.Box, "dog<loc_900><loc_800><loc_100><loc_200>");
        var region = Assert.Single(regions);
        Assert.True(region is { Left: 201, Right: 1801, Top: 100.25, Bottom: 400.25 });
        Assert.InRange(region.Right, 0, Picture.Width);
    }

    [Fact]
    public void A_phrase_with_several_boxes_is_as_many_regions()
    {
        var (text, regions) = Read(
            RegionShape.Box,
            "two dogs<loc_1><loc_2><loc_3><loc_4><loc_5><loc_6><loc_7><loc_8>a cat<loc_1><loc_1><loc_2><loc_2>"
        );
        Assert.Equal("two dogs\ntwo dogs\na cat", text);
        Assert.Equal(["two dogs", "two dogs", "a cat"], regions.Select(static region => region.Label));
    }

    [Theory]
    [InlineData("dog<loc_1><loc_2><loc_3><loc_4>cat<loc_5><loc_6><loc_7>")]
    [InlineData("dog<loc_1><loc_2><loc_3><loc_4>cat")]
    [InlineData("dog<loc_1><loc_2><loc_3><loc_4>cat<loc_5>and")]
    public void A_region_that_was_cut_off_is_left_out(string answer)
    {
        var (text, regions) = Read(RegionShape.Box, answer);
        Assert.Equal("dog", text);
        Assert.Equal("dog", Assert.Single(regions).Label);
    }

    [Fact]
    public void Lines_of_text_have_four_corners()
    {
        var (text, regions) = Read(
            RegionShape.Quadrilateral,
            "</s><s>STOP<loc_100><loc_100><loc_200><loc_120><loc_190><loc_300><loc_90><loc_280>now<loc_1>"
        );
        Assert.Equal("STOP", text);
        var region = Assert.Single(regions);
        Assert.Equal(4, region.Outline.Count);
        Assert.Equal(new RegionPoint(201, 50.25), region.Outline[0]);
        Assert.Equal((181.0, 401.0), (region.Left, region.Right));
    }

    [Fact]
    public void Outlines_have_any_number_of_corners_and_no_name()
    {
        var (text, regions) = Read(
            RegionShape.Outline,
            "<poly><loc_1><loc_1><loc_9><loc_1><loc_9><loc_9><sep><loc_20><loc_20><loc_30><loc_20><loc_30><loc_30><loc_20><loc_30></poly>"
                + "<loc_1><loc_2>"
        );
        Assert.Equal("region 1\nregion 2", text);
        Assert.Equal([3, 4], regions.Select(static region => region.Outline.Count));
    }

    [Fact]
    public void What_was_looked_for_by_name_comes_in_boxes_or_drawn()
    {
        var (text, regions) = Read(
            RegionShape.Box,
            "dog<poly><loc_1><loc_1><loc_9><loc_1><loc_9><loc_9><sep><loc_2><loc_1><loc_8><loc_1><loc_9><loc_7></poly>"
                + "cat<loc_1><loc_2><loc_3><loc_4>"
        );
        Assert.Equal("dog\ndog\ncat", text);
        Assert.Equal([3, 3, 0], regions.Select(static region => region.Outline.Count));
    }

    [Fact]
    public void Control_tokens_never_show()
    {
        string[] marks =
        [
            "<s>",
            "</s>",
            "<pad>",
            "<mask>",
            "<loc_0>",
            "<loc_77>",
            "<loc_999>",
            "<poly>",
            "</poly>",
            "<sep>",
            "<od>",
            "<and>",
        ];
        var random = new Random(3);
        for (int round = 0; round < 500; round++)
        {
            string answer = string.Concat(
                Enumerable.Range(0, 40).Select(_ => random.Next(3) == 0 ? " dog" : marks[random.Next(marks.Length)])
            );
            var shape = (RegionShape)random.Next(3);
            string shown = $"{Read(shape, answer).Text}{Tokenizer.Decode(Tokenizer.EncodeMarked(answer))}";
            Assert.DoesNotContain('<', shown);
        }
    }

    private static (string Text, IReadOnlyList<CaptionRegion> Regions) Read(RegionShape shape, string answer)
    {
        var reader = new RegionAnswer(Tokenizer, shape);
        string text = string.Concat(Tokenizer.EncodeMarked(answer).Select(reader.Append)) + reader.Finish();
        return (text, reader.Regions(Picture));
    }
}
