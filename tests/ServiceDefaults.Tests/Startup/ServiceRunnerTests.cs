using ImageToText.ServiceDefaults.Startup;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ImageToText.ServiceDefaults.Tests.Startup;

/// <summary>What keeps a service from starting is told to whoever starts it; what is a fault of ours keeps its stack trace.</summary>
public sealed class ServiceRunnerTests
{
    [Fact]
    public void Settings_that_can_not_be_used_are_a_line_each() =>
        Assert.Equal(
            ["a is 1: give 2.", "b is 1: give 2.", "c is 1: give 2."],
            ServiceRunner.Faults(
                new AggregateException(
                    new OptionsValidationException("", typeof(object), ["a is 1: give 2.", "b is 1: give 2."]),
                    new OptionsValidationException("", typeof(object), ["c is 1: give 2."])
                )
            )
        );

    [Fact]
    public void A_value_of_the_wrong_type_is_named()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Some:Number", "many")]).Build();
        var thrown = Assert.Throws<InvalidOperationException>(() => configuration.GetValue<int>("Some:Number"));
        string fault = Assert.Single(ServiceRunner.Faults(thrown)!);
        Assert.Contains("'many'", fault, StringComparison.Ordinal);
        Assert.Contains("Some:Number", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_of_the_program_is_none_of_theirs() =>
        Assert.Null(ServiceRunner.Faults(new InvalidOperationException("Sequence contains no elements")));
}
