namespace ImageToText.InferenceService.Tests;

public sealed class AssemblyTests
{
    [Fact]
    public void References_only_what_the_house_allows() =>
        Assert.DoesNotContain(
            System.Reflection.Assembly.Load("ImageToText.InferenceService").GetReferencedAssemblies(),
            reference => reference.Name == "ImageToText.InferenceService.Tests");
}
