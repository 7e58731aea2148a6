"""The tables: engine, reflected tables, writes, migrations, and what each table holds."""
