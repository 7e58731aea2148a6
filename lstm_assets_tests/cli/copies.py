"""Copies of a site, databases included, which cost less than a tune: a helper of tests."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import create_engine, inspect, make_url
from sqlalchemy.pool import NullPool

from lstm_assets_tests.mariadb import Server
from lstm_assets_tests.site import Site


@contextmanager
def copied(site: Site, folder: Path, server: Server | None) -> Iterator[Site]:
    """A copy of the site in `folder`, its databases copied on the server, if it has one."""
    shutil.copytree(site.folder, folder)
    with ExitStack() as databases:
        urls = []
        for url in (site.database_url, site.dagster_mysql_url) if server else ():
            urls.append(databases.enter_context(server.database()))
            _copy_tables(server, url, urls[-1])
        yield Site(folder, *urls)


def _copy_tables(server: Server, source: str, target: str) -> None:
    tables = inspect(create_engine(source, poolclass=NullPool)).get_table_names()
    old, new = make_url(source).database, make_url(target).database
    for table in tables:
        server.run(
            f"CREATE TABLE {new}.{table} LIKE {old}.{table}",
            f"INSERT INTO {new}.{table} SELECT * FROM {old}.{table}",
        )
