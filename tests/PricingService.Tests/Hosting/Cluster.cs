// One cluster for all tests of the assembly; each takes a database of its own.
[assembly: AssemblyFixture(typeof(PostgresCluster))]
