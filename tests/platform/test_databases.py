"""What the fixtures of `tests/conftest.py` promise to every test."""

import psycopg2
import pytest
from redis import Redis

from connector.settings import Settings

TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


def query(url, statement: str):
    connection = psycopg2.connect(url.reveal())
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_fresh_database_is_empty_each_time(database_url, time):
    assert query(database_url, TABLES) == [(0,)]
    query(database_url, "CREATE TABLE left_behind ()")


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_migrated_database_has_the_schema_and_nothing_of_another_test(
    migrated_database_url, time
):
    assert query(migrated_database_url, TABLES)[0][0] > 3
    query(migrated_database_url, "CREATE TABLE left_behind ()")


def test_the_settings_of_a_test_are_its_own(settings, redis_url, tmp_path):
    assert Settings.from_environment(settings.to_environment()) == settings
    assert settings.home == tmp_path
    with Redis.from_url(settings.redis_url.reveal()) as client:
        assert client.dbsize() == 0
        assert settings.redis_url == redis_url
