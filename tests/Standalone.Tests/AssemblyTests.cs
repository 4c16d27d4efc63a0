namespace ImageToText.Standalone.Tests;

public sealed class AssemblyTests
{
    [Fact]
    public void References_only_what_the_house_allows() =>
        Assert.DoesNotContain(
            System.Reflection.Assembly.Load("ImageToText.Standalone").GetReferencedAssemblies(),
            reference => reference.Name == "ImageToText.Standalone.Tests");
}
