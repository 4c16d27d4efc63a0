using System.CommandLine;
using System.Text.Json;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Client;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Operators;

/// <summary>keys list | create | set | rotate | revoke.</summary>
internal sealed class KeysCommand(Terminal terminal, CommandRunner run, TimeProvider time)
{
    private readonly OperatorCommand _operators = new(terminal, run);

    public Command Create() =>
        _operators.Subject("keys", "Lists, makes, changes, rotates and revokes API keys.", List(), New(), Set(), Rotate(), Revoke());

    private static Argument<string> KeyId() => new("KEY_ID") { Description = "The key's id, as 'keys list' shows it." };

    private static async Task<KeyInfo> FindAsync(PricingClient pricing, string keyId, CancellationToken cancellationToken) =>
        await pricing.GetKeyAsync(keyId, cancellationToken)
        ?? throw new CommandException($"There is no key {keyId}: 'keys list' shows them.");

    private Command List()
    {
        var command = new Command("list", "Lists all keys, with what they have spent and may still spend, in USD.");
        _operators.AnswerList(
            command,
            static (pricing, _, cancellationToken) => pricing.GetKeysAsync(cancellationToken),
            static json => json.KeyInfo,
            Show
        );
        return command;
    }

    private Command New()
    {
        var name = new Argument<string>("NAME") { Description = "A name for people to read." };
        var options = new KeyOptions(time);
        var command = new Command("create", "Makes a key and writes it to standard output. This is the only time that you see it.")
        {
            name,
        };
        options.AddTo(command);
        _operators.Answer(
            command,
            (pricing, parsed, cancellationToken) =>
                pricing.CreateKeyAsync(options.Apply(new KeySettings(parsed.GetRequiredValue(name)), parsed), cancellationToken),
            static json => json.CreatedKey,
            (created, _) =>
            {
                terminal.Out.WriteLine(created.Secret);
                terminal.WriteError(
                    $"{created.Key.KeyId} ({created.Key.Settings.Name}) is made. Keep the key above: it is not shown again."
                );
                return ExitCode.Success;
            }
        );
        return command;
    }

    private Command Set()
    {
        var keyId = KeyId();
        var name = new Option<string?>("--name") { Description = "A name for people to read.", HelpName = "NAME" };
        var options = new KeyOptions(time);
        var command = new Command("set", "Changes what a key may do. Whatever you leave out stays the same.") { keyId, name };
        options.AddTo(command);
        _operators.Answer(
            command,
            async (pricing, parsed, cancellationToken) =>
            {
                var settings = (await FindAsync(pricing, parsed.GetRequiredValue(keyId), cancellationToken)).Settings;
                settings = options.Apply(settings with { Name = parsed.GetValue(name) ?? settings.Name }, parsed);
                return await pricing.UpdateKeyAsync(parsed.GetRequiredValue(keyId), settings, cancellationToken);
            },
            static json => json.KeyInfo,
            (changed, _) =>
            {
                Show([changed]);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private Command Rotate()
    {
        var keyId = KeyId();
        var overlap = Values.Option<TimeSpan>(
            "--overlap",
            "SPAN",
            "How long the old secret still works, such as 1h. Default: not at all.",
            Values.Duration,
            "a span such as 30m or 1h"
        );
        var command = new Command(
            "rotate",
            "Gives a key a new secret and writes it to standard output. This is the only time that you see it."
        )
        {
            keyId,
            overlap,
        };
        _operators.Answer(
            command,
            (pricing, parsed, cancellationToken) =>
                pricing.RotateKeyAsync(
                    parsed.GetRequiredValue(keyId),
                    new KeyRotation(parsed.GetValue(overlap)?.TotalSeconds ?? 0),
                    cancellationToken
                ),
            static json => json.CreatedKey,
            (rotated, _) =>
            {
                terminal.Out.WriteLine(rotated.Secret);
                terminal.WriteError(
                    $"{rotated.Key.KeyId} ({rotated.Key.Settings.Name}) has a new secret. Keep it: it is not shown again. The old one "
                        + (rotated.PreviousSecretValidUntil is { } until ? $"works until {until.Text()}." : "no longer works.")
                );
                return ExitCode.Success;
            }
        );
        return command;
    }

    private Command Revoke()
    {
        var keyId = KeyId();
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var command = new Command("revoke", "Revokes a key for good.") { keyId, yes };
        _operators.Answer(
            command,
            async (pricing, parsed, cancellationToken) =>
            {
                var key = await FindAsync(pricing, parsed.GetRequiredValue(keyId), cancellationToken);
                if (
                    !parsed.GetValue(yes)
                    && !_operators.IsWanted(
                        $"Revoke {key.KeyId} ({key.Settings.Name}) for good?",
                        $"{key.KeyId}: pass --yes to revoke it without being asked."
                    )
                )
                {
                    throw new CommandException($"{key.KeyId} was not changed.");
                }

                await pricing.RevokeKeyAsync(key.KeyId, cancellationToken);
                return await FindAsync(pricing, key.KeyId, cancellationToken);
            },
            static json => json.KeyInfo,
            (revoked, _) =>
            {
                terminal.WriteError($"{revoked.KeyId} ({revoked.Settings.Name}) is revoked.");
                return ExitCode.Success;
            }
        );
        return command;
    }

    private void Show(IReadOnlyList<KeyInfo> keys)
    {
        var listing = new Listing(
            "KEY_ID",
            "NAME",
            "BEGINS",
            "SCOPES",
            "STATE",
            "EXPIRES",
            Amount("TODAY"),
            Amount("MONTH"),
            Amount("TOTAL"),
            Amount("HELD"),
            Amount("LEFT")
        );
        foreach (var key in keys)
        {
            listing.Add(
                key.KeyId,
                key.Settings.Name,
                key.Prefix,
                string.Join(
                    ',',
                    (key.Settings.Scopes ?? []).Select(static scope => JsonNamingPolicy.SnakeCaseLower.ConvertName(scope.ToString()))
                ),
                key.RevokedAt is not null ? "revoked"
                    : key.Settings.ExpiresAt <= time.GetUtcNow() ? "expired"
                    : "active",
                key.Settings.ExpiresAt?.Text() ?? "never",
                key.Spend.Today.Text(),
                key.Spend.ThisMonth.Text(),
                key.Spend.Total.Text(),
                key.Spend.Held.Text(),
                key.Spend.Left?.Text() ?? "no limit"
            );
        }

        listing.Write(terminal);
    }

    private static Column Amount(string heading) => new(heading, IsNumber: true);
}
