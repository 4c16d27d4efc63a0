using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Prices;
using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Storage;

/// <summary>
/// Everything that the pricing service stores. There is one class per database, since each has its own migrations.
/// </summary>
internal abstract class PricingDb(DbContextOptions options) : DbContext(options)
{
    public DbSet<NetworkVersion> NetworkVersions => Set<NetworkVersion>();

    public DbSet<Node> Nodes => Set<Node>();

    public DbSet<SetPrice> Prices => Set<SetPrice>();

    public DbSet<Key> Keys => Set<Key>();

    public DbSet<Account> Accounts => Set<Account>();

    public DbSet<StoredNotice> Notices => Set<StoredNotice>();

    public DbSet<BudgetPeriod> BudgetPeriods => Set<BudgetPeriod>();

    public DbSet<Slice> Slices => Set<Slice>();

    public DbSet<LedgerRow> Ledger => Set<LedgerRow>();

    public DbSet<UsageDay> UsageDays => Set<UsageDay>();

    public DbSet<UsageDayTotal> UsageDayTotals => Set<UsageDayTotal>();

    public DbSet<UsageMonth> UsageMonths => Set<UsageMonth>();

    public DbSet<LedgerArchive> LedgerArchives => Set<LedgerArchive>();

    public DbSet<ArchivedKey> ArchivedKeys => Set<ArchivedKey>();

    public DbSet<ArchivedRequest> ArchivedRequests => Set<ArchivedRequest>();

    public DbSet<IdempotentRequest> IdempotentRequests => Set<IdempotentRequest>();

    public DbSet<RequestedModel> RequestedModels => Set<RequestedModel>();

    public DbSet<VerifiedModel> VerifiedModels => Set<VerifiedModel>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        ArgumentNullException.ThrowIfNull(configurationBuilder);
        configurationBuilder.Properties<Enum>().HaveConversion<string>().HaveMaxLength(32);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);

        modelBuilder.Entity<NetworkVersion>(version =>
        {
            version.ToTable("network_version");
            version.Property(row => row.Id).ValueGeneratedNever();
            version.HasData(
                new NetworkVersion
                {
                    Id = NetworkVersion.TheOnly,
                    Latest = 1,
                    Network = 1,
                    Keys = 1,
                }
            );
        });

        modelBuilder.Entity<Node>(node =>
        {
            node.ToTable("nodes");
            node.HasKey(row => row.NodeId);
        });

        modelBuilder.Entity<SetPrice>(price =>
        {
            price.ToTable("prices");
            price.HasIndex(row => row.Until);
        });

        modelBuilder.Entity<Key>(key =>
        {
            key.ToTable("keys");
            key.HasKey(row => row.KeyId);
            key.HasIndex(row => row.SecretHash).IsUnique();
            key.HasIndex(row => row.PreviousSecretHash);
        });

        modelBuilder.Entity<Account>(account =>
        {
            account.ToTable("accounts");
            account.HasKey(row => row.Name);
        });

        modelBuilder.Entity<StoredNotice>(notice =>
        {
            notice.ToTable("notices");
            notice.HasKey(row => row.NoticeId);
            notice.HasIndex(row => row.DueAt);
        });

        modelBuilder.Entity<BudgetPeriod>(period =>
        {
            period.ToTable("budget_periods");
            period.HasKey(row => new { row.KeyId, row.Period });
        });

        modelBuilder.Entity<Slice>(slice =>
        {
            slice.ToTable("slices");
            slice.HasKey(row => row.SliceId);
            slice.HasIndex(row => new { row.KeyId, row.EndedAt });
            slice.HasIndex(row => new { row.Account, row.EndedAt });
            slice.HasIndex(row => new { row.GatewayId, row.EndedAt });
            slice.HasIndex(row => new { row.EndedAt, row.ExpiresAt });
            slice.HasIndex(row => new { row.GatewayId, row.RequestId }).IsUnique();
        });

        modelBuilder.Entity<LedgerRow>(row =>
        {
            row.ToTable("ledger");
            row.HasKey(entry => entry.Sequence);
            row.Ignore(entry => entry.Captions);
            row.HasIndex(entry => entry.RequestId).IsUnique();
            row.HasIndex(entry => new { entry.KeyId, entry.Sequence });
            row.HasIndex(entry => new { entry.Day, entry.Sequence });
        });

        modelBuilder.Entity<UsageDay>(day =>
        {
            day.ToTable("usage_days");
            day.HasKey(row => new
            {
                row.Day,
                row.KeyId,
                row.ModelId,
                row.NodeId,
                row.GatewayId,
            });
            day.HasIndex(row => row.KeyId);
        });

        modelBuilder.Entity<UsageDayTotal>(total =>
        {
            total.ToTable("usage_day_totals");
            total.HasKey(row => new
            {
                row.Day,
                row.ModelId,
                row.NodeId,
                row.GatewayId,
            });
            total.Ignore(row => row.KeyId);
        });

        modelBuilder.Entity<UsageMonth>(month =>
        {
            month.ToTable("usage_months");
            month.HasKey(row => new
            {
                row.Month,
                row.KeyId,
                row.ModelId,
                row.NodeId,
                row.GatewayId,
            });
            month.HasIndex(row => row.KeyId);
        });

        modelBuilder.Entity<LedgerArchive>(archive =>
        {
            archive.ToTable("ledger_archives");
            archive.HasKey(row => row.LastSequence);
            archive.Property(row => row.LastSequence).ValueGeneratedNever();
        });

        modelBuilder.Entity<ArchivedKey>(key =>
        {
            key.ToTable("archived_keys");
            key.HasKey(row => row.KeyId);
        });

        modelBuilder.Entity<ArchivedRequest>(request =>
        {
            request.ToTable("archived_requests");
            request.HasKey(row => row.RequestId);
        });

        modelBuilder.Entity<IdempotentRequest>(request =>
        {
            request.ToTable("idempotent_requests");
            request.HasKey(row => new { row.KeyId, row.KeyHash });
            request.HasIndex(row => row.CreatedAt);
        });

        modelBuilder.Entity<RequestedModel>(request =>
        {
            request.ToTable("model_requests");
            request.HasKey(row => row.RequestId);
            request.HasIndex(row => row.State);
            request.Ignore(row => row.ServedAs);
            request.Ignore(row => row.Steps);
            request.Ignore(row => row.Expectations);
        });

        modelBuilder.Entity<VerifiedModel>(model =>
        {
            model.ToTable("verified_models");
            model.HasKey(row => row.ModelId);
        });

        // These are read out of columns and are never columns or relations themselves.
        modelBuilder.Ignore<Price>();
        modelBuilder.Ignore<Budget>();
        modelBuilder.Ignore<KeySettings>();
        modelBuilder.Ignore<UsageSum>();
        modelBuilder.Ignore<VerificationStep>();

        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
            }
        }
    }
}
