"""Every mapping that a connection has had is kept, whoever changed it and how."""

import psycopg2
import pytest

from connector.connection_file.stored import mapping_from_json, mapping_to_json
from connector.domain.connections import MappingConfig
from connector.store.mapping_versions import MappingVersions

GL, OTHER = (mapping_to_json(MappingConfig(name)) for name in ("GL", "OTHER"))


@pytest.fixture
def versions(database, connections):
    def of(name="beta", mapping=GL):
        config = {"brex": {"base_url": "https://x"}, "mapping": mapping}
        return MappingVersions(database, connections.add(name, "infor-m3", config, {}))

    return of


def shown(versions):
    return [(one.version, one.mapping, one.applied_by) for one in versions.all()]


def test_what_a_connection_is_added_with_is_its_first_version(versions, connections):
    assert shown(versions()) == [(1, GL, "test")]
    assert connections.find("beta").mapping_version == 1


def test_each_mapping_that_is_applied_is_the_next_version_and_one_in_force_stays(
    versions, connections
):
    beta = versions()
    applied = [(OTHER, 1), (GL, 1), (OTHER, 2), (GL, 2)]
    made = [beta.apply(mapping_from_json(one), over) for one, over in applied]
    assert made == [2, None, 2, 3]
    assert beta.current() == (3, mapping_from_json(GL))
    assert shown(beta) == [(3, GL, "test"), (2, OTHER, "test"), (1, GL, "test")]
    stored = connections.find("beta")
    assert (stored.config["mapping"], stored.mapping_version) == (GL, 3)
    assert stored.config["brex"] == {"base_url": "https://x"}


def test_a_file_that_replaces_a_connection_makes_a_version_only_where_its_mapping_differs(
    versions, connections
):
    beta = versions()
    connections.add("beta", "infor-m3", {"brex": {}, "mapping": GL}, {}, replace=True)
    assert connections.find("beta").mapping_version == 1
    connections.add("beta", "infor-m3", {"brex": {}, "mapping": OTHER}, {}, replace=True)
    connections.pause("beta", paused=True)
    assert shown(beta) == [(2, OTHER, "test"), (1, GL, "test")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE mapping_version SET mapping = '{}'",
        "DELETE FROM mapping_version",
        "TRUNCATE mapping_version CASCADE",
    ],
)
def test_a_version_is_never_edited(versions, sql, statement):
    beta = versions()
    with pytest.raises(psycopg2.Error, match="append-only"):
        sql(statement)
    assert shown(beta) == [(1, GL, "test")]


def test_the_number_of_a_version_is_nobodys_to_choose(versions, sql, connections):
    beta = versions()
    sql("UPDATE connection SET mapping_version = 7 WHERE name = 'beta'")
    assert connections.find("beta").mapping_version == 1
    assert beta.apply(mapping_from_json(OTHER), 1) == 2
