using ImageToText.Captioning.Scheduling;

namespace ImageToText.Captioning.Tests.Scheduling;

/// <summary>How many pictures are encoded at once depends on how long runs take, whatever the device.</summary>
public sealed class EncodingBatchPolicyTests
{
    private const int Waiting = 64;

    // A GPU that one picture leaves mostly idle.
    private static double Gpu(int pictures) => 2 + (0.25 * pictures);

    // All cores work on one picture, and eight times as long on eight.
    private static double Cpu(int pictures) => 500 * pictures;

    [Fact]
    public void A_device_that_a_picture_does_not_fill_comes_to_take_as_many_as_it_may()
    {
        var policy = new EncodingBatchPolicy(8);
        int[] chosen = Run(policy, Gpu, 40);
        Assert.Equal(Enumerable.Repeat(1, EncodingBatchPolicy.Trials), chosen[..EncodingBatchPolicy.Trials]);
        Assert.All(chosen[(3 * EncodingBatchPolicy.Trials)..], static size => Assert.Equal(8, size));
    }

    [Fact]
    public void A_processor_tries_two_and_goes_back_to_one()
    {
        var policy = new EncodingBatchPolicy(8);
        int[] chosen = Run(policy, Cpu, 200);
        Assert.Equal(EncodingBatchPolicy.Trials, chosen.Count(static size => size == 2));
        Assert.All(chosen[(2 * EncodingBatchPolicy.Trials)..], static size => Assert.Equal(1, size));
    }

    [Fact]
    public void A_size_that_was_not_worth_it_is_tried_again_in_time()
    {
        var policy = new EncodingBatchPolicy(8);
        // The device was busy with something else at first.
        Run(policy, static pictures => pictures == 1 ? Gpu(1) : Cpu(pictures), 2 * EncodingBatchPolicy.Trials);
        int[] chosen = Run(policy, Gpu, EncodingBatchPolicy.Patience + 40);
        Assert.All(chosen[..(EncodingBatchPolicy.Patience - 1)], static size => Assert.Equal(1, size));
        Assert.Equal(8, chosen[^1]);
    }

    [Fact]
    public void It_goes_as_far_as_an_added_picture_costs_less_and_no_further()
    {
        // Four fill the device: eight take twice as long.
        var policy = new EncodingBatchPolicy(16);
        int[] chosen = Run(policy, static pictures => pictures <= 4 ? 10 + pictures : 3.5 * pictures, 100);
        Assert.All(chosen[(4 * EncodingBatchPolicy.Trials)..], static size => Assert.Equal(4, size));
    }

    [Fact]
    public void One_run_that_something_else_held_up_changes_nothing()
    {
        var policy = new EncodingBatchPolicy(8);
        Run(policy, Gpu, 40);
        policy.Ran(8, TimeSpan.FromSeconds(3));
        Assert.Equal(8, policy.Choose(Waiting));
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 64, 1)]
    [InlineData(6, 64, 4)]
    [InlineData(8, 1, 1)]
    [InlineData(8, 3, 2)]
    [InlineData(8, 7, 4)]
    [InlineData(8, 8, 8)]
    public void No_more_are_taken_than_wait_and_fit(int atOnce, int waiting, int expected)
    {
        var policy = new EncodingBatchPolicy(atOnce);
        Run(policy, Gpu, 40);
        Assert.Equal(expected, policy.Choose(waiting));
    }

    private static int[] Run(EncodingBatchPolicy policy, Func<int, double> milliseconds, int runs)
    {
        int[] chosen = new int[runs];
        for (int i = 0; i < runs; i++)
        {
            chosen[i] = policy.Choose(Waiting);
            policy.Ran(chosen[i], TimeSpan.FromMilliseconds(milliseconds(chosen[i])));
        }

        return chosen;
    }
}
