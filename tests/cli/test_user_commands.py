"""`user …`: who may sign in to the console."""

from werkzeug.security import check_password_hash


def test_people_are_added_with_a_scrypt_hash_listed_changed_and_switched_off(
    cli, tmp_path, settings
):
    file = tmp_path / "password"
    file.write_text("correct horse battery\n")
    cli("user", "add", "anna", "--role", "operator", "--password-file", str(file))
    cli("user", "add", "ben@acme.example", "--password-file", str(file))
    listed = cli.json("user", "list")["users"]
    assert [(one["name"], one["role"]) for one in listed] == [
        ("anna", "operator"),
        ("ben@acme.example", "viewer"),
    ]

    from connector.store.database import Database
    from connector.store.people import People

    people = People(Database(settings.database_url, actor="test"))
    stored = people.account("anna").password
    assert stored.startswith("scrypt:")
    assert check_password_hash(stored, "correct horse battery")

    token = cli("user", "token", "anna").stdout.splitlines()[0]
    assert people.with_token(token).name == "anna"
    assert cli("user", "token", "anna", "--revoke").stdout == "1 tokens of anna are ended.\n"
    assert people.with_token(token) is None

    cli("user", "set", "anna", "--role", "admin")
    assert people.account("anna").person.role == "admin"
    cli("user", "set", "anna", "--disabled")
    assert people.account("anna") is None
    cli("user", "set", "anna", "--enabled")


def test_what_cannot_be_is_refused_with_what_to_do(cli, tmp_path):
    file = tmp_path / "password"
    file.write_text("short\n")
    for arguments, code, told in [
        (("add", "anna", "--password-file", str(file)), 1, "a password has 12 characters or more"),
        (("add", "an na"), 2, "is no name"),
        (("token", "nobody"), 1, "there is no user nobody"),
        (
            ("set", "nobody", "--role", "admin"),
            1,
            "there is no user nobody: see ml-connector user list",
        ),
    ]:
        assert told in cli("user", *arguments, code=code).output


def test_of_whoever_a_provider_knows_only_the_access_is_ours_to_change(cli, settings):
    from connector.domain.identities import Identity
    from connector.domain.people import PersonRole
    from connector.store.database import Database
    from connector.store.identities import Identities
    from connector.store.people import People

    database = Database(settings.database_url, actor="test")
    identity = Identity("https://login.acme.example", "00u", "anna", PersonRole.OPERATOR)
    Identities(database).welcome(identity, PersonRole.OPERATOR)
    (anna,) = cli.json("user", "list")["users"]
    assert (anna["role"], anna["signs_in_with"]) == ("operator", "https://login.acme.example")
    told = cli("user", "set", "anna", "--role", "admin", code=1).output
    assert "anna signs in with https://login.acme.example, which says the role" in told
    cli("user", "set", "anna", "--disabled")
    assert People(database).all()[0]["disabled_at"] is not None
    assert People(database).all()[0]["role"] == "operator"
