namespace ImageToText.Gateway.Tests;

public sealed class AssemblyTests
{
    [Fact]
    public void References_only_what_the_house_allows() =>
        Assert.DoesNotContain(
            System.Reflection.Assembly.Load("ImageToText.Gateway").GetReferencedAssemblies(),
            reference => reference.Name == "ImageToText.Gateway.Tests");
}
