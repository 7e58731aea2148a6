"""The database: engine, transactions, migrations, and reading and writing of each table."""
