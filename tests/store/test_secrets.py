"""Secrets at rest: sealed to their place, and turned to a new key as a whole."""

import pytest
from cryptography.fernet import Fernet
from structlog.testing import capture_logs

from connector.domain.records import Status
from connector.errors import ConfigurationError, CredentialsError, RefusedError, RetryLaterError
from connector.ports import TokenGrant
from connector.secret import Secret
from connector.store.connections import Connections
from connector.store.roles import Role
from connector.store.rotation import reseal
from connector.store.status import StatusBoard
from connector.store.tokens import PostgresTokens
from connector.store.vault import Vault
from connector.store.webhook_secrets import FetchedSecrets

TOKEN = "bxt_CANARY-7f3a"


def key() -> Secret:
    return Secret(Fernet.generate_key().decode())


@pytest.fixture
def wired_tokens(database_as, vault, connection_id, connections):
    """The tokens of a worker that knows the settings as they are when this is called."""
    return lambda: PostgresTokens(
        database_as(Role.WORKER),
        vault,
        connection_id,
        "brex",
        configured_at=connections.find("acme").configured_at,
        first_refresh=Secret("refresh-CANARY-0"),
    )


@pytest.fixture
def tokens(wired_tokens):
    return wired_tokens()


@pytest.fixture
def fetched(database, vault):
    return FetchedSecrets(database, vault)


def everything(sql) -> str:
    tables = (
        *("connection", "connection_secret", "fetched_webhook_secrets"),
        *("oauth_token", "record_history"),
    )
    return str([sql(f"SELECT t::text FROM {table} t") for table in tables])


def test_a_secret_is_stored_sealed_and_comes_back(connections, sql):
    connection_id = connections.add("acme", "infor-m3", {}, {"brex.token": Secret(TOKEN)})
    assert "CANARY" not in everything(sql)
    assert connections.secrets(connection_id) == {"brex.token": Secret(TOKEN)}


def test_a_ciphertext_opens_only_in_its_own_place(connections, sql):
    connections.add("acme", "infor-m3", {}, {"brex.token": Secret(TOKEN)})
    other = connections.add("beta", "infor-m3", {}, {"brex.token": Secret("another")})
    sql(
        "UPDATE connection_secret SET ciphertext = (SELECT ciphertext FROM connection_secret s"
        " JOIN connection c ON c.id = s.connection_id WHERE c.name = 'acme')"
    )
    with pytest.raises(ConfigurationError, match="another connection"):
        connections.secrets(other)


def test_b35_without_its_key_a_secret_does_not_open_and_the_fault_says_so(
    database, vault, connections
):
    connection_id = connections.add("acme", "infor-m3", {}, {"brex.token": Secret(TOKEN)})
    with pytest.raises(ConfigurationError, match=r"brex\.token"):
        Connections(database, Vault([key()])).secrets(connection_id)


def test_rotation_seals_everything_under_the_first_key(database, sql, migrated_database_url):
    old, new = key(), key()
    before = Vault([old])
    connections = Connections(database, before)
    connection_id = connections.add("acme", "infor-m3", {}, {"brex.token": Secret(TOKEN)})
    configured_at = connections.find("acme").configured_at
    token = PostgresTokens(database, before, connection_id, "brex", configured_at=configured_at)
    token.begin_refresh(0, 30)
    token.finish_refresh(0, TokenGrant(Secret("access"), 3600, Secret("refresh")))
    FetchedSecrets(database, before).keep(connection_id, [Secret("whsec")])
    assert reseal(database, Vault([new, old])) == 4
    after = Vault([new])
    assert Connections(database, after).secrets(connection_id)["brex.token"] == Secret(TOKEN)
    assert FetchedSecrets(database, after).of(connection_id) == (Secret("whsec"),)
    token = PostgresTokens(database, after, connection_id, "brex", configured_at=configured_at)
    assert token.load().access == Secret("access")
    assert token.refresh_token() == Secret("refresh")


def test_b35_rotation_without_the_old_key_changes_nothing(database, connections, sql):
    connections.add("acme", "infor-m3", {}, {"brex.token": Secret(TOKEN)})
    before = everything(sql)
    with pytest.raises(ConfigurationError):
        reseal(database, Vault([key()]))
    assert everything(sql) == before


def test_one_worker_at_a_time_renews_a_token(tokens):
    assert tokens.load() is None
    assert tokens.begin_refresh(0, 30) == 0
    assert tokens.begin_refresh(0, 30) is None
    token = tokens.finish_refresh(0, TokenGrant(Secret("access-1"), 3600))
    assert (token.generation, tokens.load().access) == (1, Secret("access-1"))
    assert tokens.begin_refresh(0, 30) is None, "somebody with an old token may not renew"
    assert tokens.begin_refresh(1, 30) == 1


def test_a_refresh_token_that_is_not_replaced_stays(tokens):
    assert tokens.refresh_token() == Secret("refresh-CANARY-0")
    tokens.begin_refresh(0, 30)
    tokens.finish_refresh(0, TokenGrant(Secret("a"), 60, Secret("refresh-1")))
    tokens.begin_refresh(1, 30)
    tokens.finish_refresh(1, TokenGrant(Secret("b"), 60))
    assert tokens.refresh_token() == Secret("refresh-1")


def test_after_a_no_nobody_asks_for_so_long_and_a_new_token_ends_it(tokens, sql):
    assert tokens.begin_refresh(0, 30) == 0
    tokens.refuse_refresh(0, "invalid_client", wait_s=240.0)
    for _ in range(2):
        with pytest.raises(CredentialsError, match="invalid_client"):
            tokens.begin_refresh(0, 30)
    sql("UPDATE oauth_token SET refused_until = now()")
    assert tokens.begin_refresh(0, 30) == 0
    tokens.finish_refresh(0, TokenGrant(Secret("a"), 60))
    assert sql("SELECT refused_until, failure FROM oauth_token") == [(None, None)]


def test_a_refusal_for_good_is_told_once_and_ends_with_new_credentials(
    tokens, wired_tokens, connections, database
):
    tokens.begin_refresh(0, 30)
    with capture_logs() as logged:
        tokens.refuse_refresh(0, "invalid_grant", wait_s=None)
        for _ in range(3):
            with pytest.raises(CredentialsError, match="reauth required: invalid_grant"):
                tokens.begin_refresh(0, 30)
    assert [one["event"] for one in logged] == ["reauth_required"]
    (shown,) = StatusBoard(database).tokens()
    assert shown["reauth_required"] is True
    connections.add("acme", "infor-m3", {"brex": {}}, {}, replace=True)
    assert wired_tokens().begin_refresh(0, 30) == 1
    (shown,) = StatusBoard(database).tokens()
    assert shown["reauth_required"] is False


def test_a_token_that_was_asked_for_with_old_credentials_is_not_stored_for_the_new_ones(
    tokens, wired_tokens, connections
):
    assert tokens.begin_refresh(0, 30) == 0
    connections.add("acme", "infor-m3", {"brex": {}}, {}, replace=True)
    newer = wired_tokens()
    assert newer.load() is None
    assert newer.begin_refresh(0, 30) == 1
    with pytest.raises(RetryLaterError):
        tokens.finish_refresh(0, TokenGrant(Secret("of the old company"), 3600))
    assert newer.finish_refresh(1, TokenGrant(Secret("of the new company"), 3600)).generation == 2
    assert newer.load().access == Secret("of the new company")


def test_a_worker_with_old_settings_asks_for_no_token(tokens, wired_tokens, connections):
    connections.add("acme", "infor-m3", {"brex": {}}, {}, replace=True)
    with pytest.raises(RetryLaterError, match="settings of this connection were changed"):
        tokens.begin_refresh(0, 30)
    assert wired_tokens().begin_refresh(0, 30) == 0


def test_a_pause_in_the_middle_of_a_refresh_loses_no_refresh_token(
    tokens, wired_tokens, connections
):
    assert tokens.begin_refresh(0, 30) == 0
    connections.pause("acme", paused=True)
    connections.pause("acme", paused=False)
    tokens.finish_refresh(0, TokenGrant(Secret("access"), 3600, Secret("rotated")))
    assert wired_tokens().refresh_token() == Secret("rotated")
    assert tokens.begin_refresh(1, 30) == 1, "it may go on asking"


def test_a_worker_that_died_while_renewing_is_followed_by_another(tokens):
    assert tokens.begin_refresh(0, 0.0) == 0
    assert tokens.begin_refresh(0, 30) == 0


def test_tokens_live_by_the_clock_of_the_database(tokens):
    tokens.begin_refresh(0, 30)
    tokens.finish_refresh(0, TokenGrant(Secret("a"), 100.0))
    assert 95 < tokens.load().valid_s <= 100


def test_b34_a_connection_is_replaced_only_when_asked_and_keeps_its_records(
    connections, intake, sql
):
    connection_id = connections.add("acme", "infor-m3", {"brex": {}}, {"brex.token": Secret("1")})
    intake.receive(connection_id, ["accr_1"])
    with pytest.raises(RefusedError, match="--replace"):
        connections.add("acme", "infor-m3", {}, {})
    with pytest.raises(RefusedError, match="another name"):
        connections.add("acme", "ifs-cloud", {}, {}, replace=True)
    again = connections.add(
        "acme", "infor-m3", {"brex": {"a": 1}}, {"brex.token": Secret("2")}, replace=True
    )
    assert again == connection_id
    assert connections.secrets(connection_id) == {"brex.token": Secret("2")}


def test_b34_a_removed_connection_forgets_its_secrets_and_keeps_its_records(
    connections, intake, sql
):
    connection_id = connections.add("acme", "infor-m3", {}, {"brex.token": Secret(TOKEN)})
    intake.receive(connection_id, ["accr_1"])
    assert connections.remove("acme")
    assert connections.find("acme") is None
    assert sql("SELECT count(*) FROM connection_secret") == [(0,)]
    assert sql("SELECT count(*) FROM record") == [(1,)]
    assert connections.add("acme", "infor-m3", {}, {}) == connection_id


def test_posted_records_rest_or_go_on_as_the_replaced_connection_says(
    connections, bring, records, decide, sql
):
    row = bring(Status.MAPPED)
    decide(row)
    records.posted([(row, 1, "")])
    for told in (False, True):
        connections.add("acme", "infor-m3", {"brex": {"mark_exported": told}}, {}, replace=True)
        assert sql("SELECT due_at IS NOT NULL FROM record") == [(told,)]


def test_a_posted_record_whose_spare_drafts_are_just_removed_goes_on_all_the_same(
    connections, bring, records, decide, sql
):
    row = bring(Status.MAPPED)
    decide(row)
    records.posted([(row, 1, "")])
    connections.add("acme", "infor-m3", {"brex": {"mark_exported": False}}, {}, replace=True)
    sql("UPDATE record SET lease_until = now() + interval '1 minute'")
    connections.add("acme", "infor-m3", {"brex": {}}, {}, replace=True)
    assert sql("SELECT due_at <= now() FROM record") == [(True,)]


def test_what_brex_lists_replaces_what_it_listed_before(fetched, connection_id, intake, sql):
    old, new = Secret("whsec_CANARY-1"), Secret("whsec_CANARY-2")
    assert fetched.of(connection_id) == ()
    assert fetched.keep(connection_id, [old, new])
    assert "CANARY" not in everything(sql)
    assert intake.endpoint("acme").secrets == (old, new)
    assert not fetched.keep(connection_id, [new, old])
    assert fetched.keep(connection_id, [new])
    assert intake.endpoint("acme").secrets == (new,)


def test_secrets_of_the_file_stay_beside_those_that_brex_lists(connections, fetched, intake):
    given = {"brex.webhook_secrets.0": Secret("given"), "brex.token": Secret(TOKEN)}
    connection_id = connections.add("acme", "infor-m3", {}, given)
    fetched.keep(connection_id, [Secret("given"), Secret("listed")])
    assert intake.endpoint("acme").secrets == (Secret("given"), Secret("listed"))
    fetched.keep(connection_id, [Secret("another")])
    assert intake.endpoint("acme").secrets == (Secret("given"), Secret("another"))


@pytest.mark.parametrize("replaced", [True, False])
def test_a_connection_that_is_replaced_or_removed_forgets_what_brex_listed(
    connections, fetched, connection_id, sql, replaced
):
    """It may be of another Brex account from now on."""
    fetched.keep(connection_id, [Secret("listed")])
    if replaced:
        connections.add("acme", "infor-m3", {"brex": {}}, {}, replace=True)
    else:
        connections.remove("acme")
    assert sql("SELECT count(*) FROM fetched_webhook_secrets") == [(0,)]
