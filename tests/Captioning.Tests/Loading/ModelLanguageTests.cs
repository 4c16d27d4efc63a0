namespace ImageToText.Captioning.Tests.Loading;

/// <summary>Which languages a model writes, by the first lines of its card.</summary>
public sealed class ModelLanguageTests
{
    [Theory]
    [InlineData("---\nlicense: mit\nlanguage: en\n---\n# A model", "en")]
    [InlineData("---\nlanguage: [en, 'fr']\ntags:\n- vision\n---", "en fr")]
    [InlineData("---\nlanguage:\n- EN\n- pt-br # of Brazil\nlicense: mit\ntags:\n  - vision\n---\nlanguage: de", "en pt-br")]
    [InlineData("---\ntags:\n- vision\n---\nlanguage: de", "")]
    [InlineData("# A model\nlanguage: de", "")]
    [InlineData("", "")]
    public void A_card_names_languages_between_its_dashes(string card, string languages)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "README.md"), card);

        Assert.Equal(languages, string.Join(' ', ModelFamilies.LanguagesOf(folder.Path)));
    }

    [Fact]
    public void A_folder_without_a_card_names_none()
    {
        using var folder = new TemporaryFolder();

        Assert.Empty(ModelFamilies.LanguagesOf(folder.Path));
    }
}
