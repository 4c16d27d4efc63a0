using ImageToText.ServiceDefaults.Databases;
using ImageToText.ServiceDefaults.Startup;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ImageToText.ServiceDefaults.Tests.Startup;

/// <summary>A user's mistake that stops the startup is explained in a line. Our own faults keep their stack trace.</summary>
public sealed class ServiceRunnerTests
{
    [Fact]
    public void Each_invalid_setting_gets_one_line() =>
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
    public void A_database_or_a_folder_that_can_not_be_used_is_named()
    {
        Assert.Contains("99990101_Later", Line(new NewerStoreException("99990101_Later")), StringComparison.Ordinal);
        Assert.Contains("/books/x", Line(new IOException("Read-only file system : '/books/x'")), StringComparison.Ordinal);
        Assert.Contains(
            "/books/y",
            Line(new UnauthorizedAccessException("Access to the path '/books/y' is denied.")),
            StringComparison.Ordinal
        );

        static string Line(Exception failure) => Assert.Single(ServiceRunner.Faults(failure)!);
    }

    [Fact]
    public void A_missing_assembly_is_not_reported_as_a_file_of_the_service()
    {
        const string Assembly = "Some.Library, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null";
        Assert.Null(ServiceRunner.Faults(new FileNotFoundException("Could not load file or assembly.", Assembly)));
        Assert.Null(ServiceRunner.Faults(new FileLoadException("Could not load file or assembly.", Assembly)));
        Assert.NotNull(ServiceRunner.Faults(new FileNotFoundException("Could not find file.", "/books/operators.json")));
    }

    [Fact]
    public void A_fault_of_the_program_is_not_reported_as_a_users_mistake() =>
        Assert.Null(ServiceRunner.Faults(new InvalidOperationException("Sequence contains no elements")));
}
