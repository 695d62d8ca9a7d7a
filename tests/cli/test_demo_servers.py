"""A demo on the servers that the environment names: it uses them, and leaves them as they were."""

import psycopg2
import pytest
from redis import Redis

from connector.cli.demo.given import on_given_servers
from connector.errors import ConfigurationError
from connector.secret import Secret


@pytest.fixture
def names(postgres_url: Secret, redis_url: Secret) -> dict[str, str]:
    return {"DATABASE_URL": postgres_url.reveal(), "REDIS_URL": redis_url.reveal()}


def answers(url: str) -> bool:
    try:
        psycopg2.connect(url).close()
    except psycopg2.OperationalError:
        return False
    return True


def test_the_demo_gets_databases_of_its_own_and_both_are_gone_after_it(names):
    with on_given_servers(names) as found:
        assert found["DATABASE_URL"] != names["DATABASE_URL"]
        assert answers(found["DATABASE_URL"])
        with Redis.from_url(found["REDIS_URL"]) as redis:
            redis.set("left", "behind")
    assert not answers(found["DATABASE_URL"])
    assert answers(names["DATABASE_URL"])
    with Redis.from_url(found["REDIS_URL"]) as redis:
        assert redis.dbsize() == 0


def test_two_demos_never_share_a_redis_database(names):
    with on_given_servers(names) as one, on_given_servers(names) as other:
        assert one["REDIS_URL"] != other["REDIS_URL"]
        assert one["DATABASE_URL"] != other["DATABASE_URL"]


def test_without_servers_in_the_environment_nothing_is_set():
    with on_given_servers({"ML_CONNECTOR_HOME": "elsewhere"}) as found:
        assert found == {}


def test_a_server_that_is_not_there_is_named(names):
    names["DATABASE_URL"] = "postgresql://nobody:wrong@127.0.0.1:1/none"
    with pytest.raises(ConfigurationError) as caught, on_given_servers(names):
        pass
    assert caught.value.subject == "DATABASE_URL"
    assert "wrong" not in str(caught.value)
