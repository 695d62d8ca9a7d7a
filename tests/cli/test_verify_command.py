"""`records verify`."""


def test_a_changed_history_ends_verify_with_1_and_a_whole_one_with_its_last_seal(
    cli, added, released, work, settings
):
    from contextlib import closing

    import psycopg2

    ids = released(2)
    cli("poll", added)
    work()
    whole = cli.json("records", "verify", "--all")
    assert (whole["holds"], whole["records"], whole["unsealed"]) == (True, 2, 0)
    assert len(whole["last_seals"]) == 64
    assert cli("records", "verify", ids[0]).stdout.startswith("The chain holds: ")
    with (
        closing(psycopg2.connect(settings.database_url.reveal())) as owner,
        owner,
        owner.cursor() as cursor,
    ):
        cursor.execute("ALTER TABLE record_history DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE record_history SET actor = 'nobody' WHERE to_status = 'posted' AND record = 1"
        )
    told = cli("records", "verify", "--all", code=1)
    assert "was changed, or what stood before it was" in told.stderr
    assert "is broken in 1 places" in told.stdout
    cli("records", "verify", code=2)
