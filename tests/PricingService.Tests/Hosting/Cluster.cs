// One cluster for all tests of the assembly. Each test takes its own database.
[assembly: AssemblyFixture(typeof(PostgresCluster))]
