"""The environment: what is read, and every fault of it at once."""

from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from connector.alarm_settings import AlarmSettings, SmtpSecurity, SmtpSettings, WebhookSettings
from connector.errors import ConfigurationError
from connector.secret import Secret
from connector.settings import Bind, OpenIdSettings, Settings

KEY, OLD_KEY = (urlsafe_b64encode(bytes([n]) * 32).decode() for n in (1, 2))
URL = "postgresql://me:pw@db.example:5432/ml"
SIGNING_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BY_EMAIL = {
    "ML_CONNECTOR_SMTP_HOST": "mail.example",
    "ML_CONNECTOR_SMTP_PORT": "2525",
    "ML_CONNECTOR_SMTP_SECURITY": "tls",
    "ML_CONNECTOR_SMTP_USER": "me",
    "ML_CONNECTOR_SMTP_PASSWORD": "hunter2",
    "ML_CONNECTOR_ALARM_FROM": "alarms@example.com",
    "ML_CONNECTOR_ALARM_TO": "a@example.com, b@example.com",
}
BY_WEBHOOK = {
    "ML_CONNECTOR_ALARM_WEBHOOK_URL": "https://hooks.example/ml?key=hunter2",
    "ML_CONNECTOR_ALARM_WEBHOOK_SECRET": SIGNING_SECRET,
}


def faults(**environ: str) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        Settings.from_environment(environ)
    assert raised.value.subject == "environment"
    return raised.value.faults


def test_an_empty_environment_means_embedded_servers_below_the_working_folder(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert Settings.from_environment({}) == Settings(
        database_url=None,
        redis_url=None,
        home=tmp_path / ".ml-connector",
        secret_keys=(),
        gateway_bind=Bind("127.0.0.1", 8080),
        console_bind=Bind("127.0.0.1", 8081),
        console_url="",
        flower_bind=Bind("127.0.0.1", 5555),
        allow_http=False,
        openid=None,
        alarms=AlarmSettings(),
    )
    assert list(tmp_path.iterdir()) == []


def test_everything_given_is_read_and_a_child_reads_the_same():
    settings = Settings.from_environment(
        {
            "DATABASE_URL": URL,
            "REDIS_URL": "rediss://:pw@redis.example/0",
            "ML_CONNECTOR_HOME": "/srv/ml",
            "ML_CONNECTOR_SECRET_KEYS": f"{KEY}, {OLD_KEY}",
            "ML_CONNECTOR_GATEWAY_BIND": "0.0.0.0:80",
            "ML_CONNECTOR_CONSOLE_BIND": "[::1]:81",
            "ML_CONNECTOR_CONSOLE_URL": "https://desk.example/",
            "ML_CONNECTOR_FLOWER_BIND": "localhost:82",
            "ML_CONNECTOR_ALLOW_HTTP": "1",
            "ML_CONNECTOR_OIDC_ISSUER": "https://login.example/realms/acme/",
            "ML_CONNECTOR_OIDC_CLIENT_ID": "desk",
            "ML_CONNECTOR_OIDC_CLIENT_SECRET": "hunter2",
            "ML_CONNECTOR_OIDC_ROLES": "ap-team=operator;\n CN=Leads,OU=Finance = approver ;",
            "ML_CONNECTOR_OIDC_ROLE_CLAIM": "roles",
            "ML_CONNECTOR_OIDC_SCOPES": "groups offline",
            "ML_CONNECTOR_OIDC_ONLY": "1",
            **BY_EMAIL,
            **BY_WEBHOOK,
            "ML_CONNECTOR_ALARM_HOUR": "7",
            "ML_CONNECTOR_ALARM_TIME_ZONE": "Europe/Stockholm",
        }
    )
    assert settings == Settings(
        database_url=Secret(URL),
        redis_url=Secret("rediss://:pw@redis.example/0"),
        home=Path("/srv/ml"),
        secret_keys=(Secret(KEY), Secret(OLD_KEY)),
        gateway_bind=Bind("0.0.0.0", 80),
        console_bind=Bind("::1", 81),
        console_url="https://desk.example",
        flower_bind=Bind("localhost", 82),
        allow_http=True,
        openid=OpenIdSettings(
            issuer="https://login.example/realms/acme/",
            client_id="desk",
            client_secret=Secret("hunter2"),
            roles=(("ap-team", "operator"), ("CN=Leads,OU=Finance", "approver")),
            role_claim="roles",
            scopes=("groups", "offline"),
            is_only_way=True,
        ),
        alarms=AlarmSettings(
            email=SmtpSettings(
                *("mail.example", 2525, SmtpSecurity.TLS, "me", Secret("hunter2")),
                *("alarms@example.com", ("a@example.com", "b@example.com")),
            ),
            webhook=WebhookSettings(
                Secret("https://hooks.example/ml?key=hunter2"), Secret(SIGNING_SECRET)
            ),
            hour=7,
            time_zone="Europe/Stockholm",
        ),
    )
    assert Settings.from_environment(settings.to_environment()) == settings
    assert "pw" not in repr(settings)
    assert "hunter2" not in repr(settings)
    assert KEY not in repr(settings)


def test_all_faults_come_at_once_each_under_its_name_and_none_shows_the_value():
    found = faults(
        DATABASE_URL="mysql://me:hunter2@db/x",
        REDIS_URL="redis://",
        ML_CONNECTOR_SECRET_KEYS=f"{KEY},hunter2",
        ML_CONNECTOR_GATEWAY_BIND="8080",
        ML_CONNECTOR_CONSOLE_BIND="localhost:99999",
        ML_CONNECTOR_CONSOLE_URL="http://desk.example",
        ML_CONNECTOR_FLOWER_BIND="",
        ML_CONNECTOR_ALLOW_HTTP="yes",
        ML_CONNECTOR_OIDC_ISSUER="http://login.example",
        ML_CONNECTOR_OIDC_CLIENT_SECRET="hunter2 ",
        ML_CONNECTOR_OIDC_ROLES="ap-team=operator;ap-team=admin;it=root",
        ML_CONNECTOR_OIDC_ROLE_CLAIM=" ",
        ML_CONNECTOR_OIDC_SCOPES='"groups"',
        ML_CONNECTOR_OIDC_ONLY="yes",
    )
    assert sorted(fault.split()[0] for fault in found) == [
        "DATABASE_URL",
        "ML_CONNECTOR_ALLOW_HTTP",
        "ML_CONNECTOR_CONSOLE_BIND",
        "ML_CONNECTOR_CONSOLE_URL",
        "ML_CONNECTOR_FLOWER_BIND",
        "ML_CONNECTOR_GATEWAY_BIND",
        "ML_CONNECTOR_OIDC_CLIENT_ID",
        "ML_CONNECTOR_OIDC_CLIENT_SECRET",
        "ML_CONNECTOR_OIDC_ISSUER",
        "ML_CONNECTOR_OIDC_ONLY",
        "ML_CONNECTOR_OIDC_ROLES",
        "ML_CONNECTOR_OIDC_ROLES",
        "ML_CONNECTOR_OIDC_ROLE_CLAIM",
        "ML_CONNECTOR_OIDC_SCOPES",
        "ML_CONNECTOR_SECRET_KEYS",
        "REDIS_URL",
    ]
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    "url",
    [
        *("", "  ", f" {URL}", f"{URL}\n", "changeme", "xxx", "<your url>", "${DATABASE_URL}"),
        *("db:5432", "postgresql://me:changeme@db/x", "postgresql://db:port/x", "postgresql:db"),
    ],
)
def test_b26_a_database_url_that_is_empty_padded_a_placeholder_or_none_is_refused(url):
    (fault,) = faults(DATABASE_URL=url, ML_CONNECTOR_SECRET_KEYS=KEY)
    assert fault.startswith("DATABASE_URL ")


@pytest.mark.parametrize("url", ["redis://", "unix://", "http://redis", "redis://:xxx@h/0"])
def test_a_redis_url_without_a_server_is_refused(url):
    (fault,) = faults(REDIS_URL=url)
    assert fault.startswith("REDIS_URL ")


@pytest.mark.parametrize(
    "keys", ["", "short", f"{KEY},", f"{KEY},{KEY}", KEY[:-1], f"{KEY}A", KEY.replace("A", "é", 1)]
)
def test_b35_keys_that_cannot_encrypt_are_refused(keys):
    (fault,) = faults(ML_CONNECTOR_SECRET_KEYS=keys)
    assert fault.startswith("ML_CONNECTOR_SECRET_KEYS ")


def test_b35_a_database_of_ones_own_needs_keys_of_ones_own():
    (fault,) = faults(DATABASE_URL=URL)
    assert fault.startswith("ML_CONNECTOR_SECRET_KEYS is needed")


@pytest.fixture
def secret_file(tmp_path):
    path = tmp_path / "url"
    path.write_text(f"{URL}\n")
    path.chmod(0o600)
    return path


def test_a_secret_may_stand_in_a_file(secret_file):
    settings = Settings.from_environment(
        {"DATABASE_URL_FILE": str(secret_file), "ML_CONNECTOR_SECRET_KEYS": KEY}
    )
    assert settings.database_url == Secret(URL)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_secret_file_that_others_can_use_is_refused(secret_file, mode):
    secret_file.chmod(mode)
    (fault,) = faults(DATABASE_URL_FILE=str(secret_file), ML_CONNECTOR_SECRET_KEYS=KEY)
    assert (
        fault == f"DATABASE_URL_FILE can be read by others than its owner; chmod 600 {secret_file}"
    )


def test_a_variable_and_its_twin_are_not_both_taken(secret_file):
    found = faults(
        DATABASE_URL=URL, DATABASE_URL_FILE=str(secret_file), ML_CONNECTOR_SECRET_KEYS=KEY
    )
    assert found == ["DATABASE_URL and DATABASE_URL_FILE are both set; unset one of them"]


def test_a_secret_file_that_is_missing_or_no_text_is_named(tmp_path):
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    binary.chmod(0o600)
    found = faults(
        DATABASE_URL_FILE=str(tmp_path / "missing"),
        REDIS_URL_FILE=str(tmp_path),
        ML_CONNECTOR_SECRET_KEYS_FILE=str(binary),
    )
    assert [fault.split()[0] for fault in found] == [
        "DATABASE_URL_FILE",
        "REDIS_URL_FILE",
        "ML_CONNECTOR_SECRET_KEYS_FILE",
    ]


@pytest.mark.parametrize(
    "name", ["ISSUER", "CLIENT_ID", "CLIENT_SECRET", "ROLES", "ONLY", "CLIENT_SECRET_FILE"]
)
def test_one_setting_of_openid_connect_alone_names_those_that_it_lacks(name, secret_file):
    values = {"ISSUER": "https://login.example", "ROLES": "it=admin", "ONLY": "1"}
    values["CLIENT_SECRET_FILE"] = str(secret_file)
    found = faults(**{f"ML_CONNECTOR_OIDC_{name}": values.get(name, "given")})
    lacks = {"ISSUER", "CLIENT_ID", "CLIENT_SECRET", "ROLES"} - {name.removesuffix("_FILE")}
    assert {fault.split()[0] for fault in found} == {f"ML_CONNECTOR_OIDC_{one}" for one in lacks}


def test_an_issuer_without_https_is_of_this_machine_and_takes_the_switch_for_it(secret_file):
    given = {
        "ML_CONNECTOR_OIDC_CLIENT_ID": "desk",
        "ML_CONNECTOR_OIDC_CLIENT_SECRET": "hunter2",
        "ML_CONNECTOR_OIDC_ROLES": "it=admin",
    }
    here = {"ML_CONNECTOR_OIDC_ISSUER": "http://127.0.0.1:9000"}
    switch = {"ML_CONNECTOR_ALLOW_HTTP": "1"}
    assert Settings.from_environment(given | here | switch).openid.issuer == "http://127.0.0.1:9000"
    elsewhere = {"ML_CONNECTOR_OIDC_ISSUER": "http://login.example"}
    for environ in (given | here, given | elsewhere | switch):
        (fault,) = faults(**environ)
        assert fault.startswith("ML_CONNECTOR_OIDC_ISSUER is no issuer")


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"ML_CONNECTOR_SMTP_HOST": ""}, "ML_CONNECTOR_SMTP_HOST is needed"),
        ({"ML_CONNECTOR_SMTP_HOST": "mail.example:25"}, "ML_CONNECTOR_SMTP_HOST is no name"),
        ({"ML_CONNECTOR_SMTP_PORT": "0"}, "ML_CONNECTOR_SMTP_PORT is no number"),
        ({"ML_CONNECTOR_SMTP_SECURITY": "ssl"}, "ML_CONNECTOR_SMTP_SECURITY is none of"),
        ({"ML_CONNECTOR_SMTP_SECURITY": "none"}, "ML_CONNECTOR_SMTP_SECURITY is none, which"),
        ({"ML_CONNECTOR_SMTP_USER": ""}, "ML_CONNECTOR_SMTP_USER and ML_CONNECTOR_SMTP_PASSWORD"),
        ({"ML_CONNECTOR_ALARM_FROM": "Me <a@b>"}, "ML_CONNECTOR_ALARM_FROM is no address"),
        ({"ML_CONNECTOR_ALARM_TO": "a@b\nBcc: c@d"}, "ML_CONNECTOR_ALARM_TO is no list"),
        ({"ML_CONNECTOR_ALARM_TO": "a@b,"}, "ML_CONNECTOR_ALARM_TO is no list"),
        ({"ML_CONNECTOR_ALARM_HOUR": "24"}, "ML_CONNECTOR_ALARM_HOUR is no number"),
        ({"ML_CONNECTOR_ALARM_TIME_ZONE": "Mars"}, "ML_CONNECTOR_ALARM_TIME_ZONE is no time zone"),
        ({"ML_CONNECTOR_ALARM_WEBHOOK_URL": "http://hooks.example/"}, "ML_CONNECTOR_ALARM_WEBHOOK_URL does not"),
        ({"ML_CONNECTOR_ALARM_WEBHOOK_URL": "https:///x"}, "ML_CONNECTOR_ALARM_WEBHOOK_URL names no host"),
        ({"ML_CONNECTOR_ALARM_WEBHOOK_URL": "https://hooks.example/#x"}, "ML_CONNECTOR_ALARM_WEBHOOK_URL has a fragment"),
        ({"ML_CONNECTOR_ALARM_WEBHOOK_URL": "https://10.0.0.5/x"}, "ML_CONNECTOR_ALARM_WEBHOOK_URL is an address that is not called"),
        ({"ML_CONNECTOR_ALARM_WEBHOOK_URL": "https://h/a|b"}, "ML_CONNECTOR_ALARM_WEBHOOK_URL has a path"),
        ({"ML_CONNECTOR_ALARM_WEBHOOK_URL": "https://h//a"}, "ML_CONNECTOR_ALARM_WEBHOOK_URL has a path"),
        ({"ML_CONNECTOR_ALARM_WEBHOOK_URL": "https://h/a/../b"}, "ML_CONNECTOR_ALARM_WEBHOOK_URL has `..`"),
        ({"ML_CONNECTOR_ALARM_WEBHOOK_URL": "https://me@h/"}, "ML_CONNECTOR_ALARM_WEBHOOK_URL has a user name"),
        ({"ML_CONNECTOR_ALARM_WEBHOOK_SECRET": "whsec_short"}, "ML_CONNECTOR_ALARM_WEBHOOK_SECRET is not"),
    ],
)  # fmt: skip
def test_ways_of_alarms_that_cannot_work_are_refused(changed, named):
    (fault,) = faults(**BY_EMAIL | BY_WEBHOOK | changed)
    assert fault.startswith(named)
    assert "hunter2" not in fault


def test_mail_goes_unencrypted_to_this_host_alone():
    local = {"ML_CONNECTOR_SMTP_HOST": "localhost", "ML_CONNECTOR_SMTP_SECURITY": "none"}
    assert Settings.from_environment(BY_EMAIL | local).alarms.email.port == 2525


def test_half_a_webhook_is_refused():
    (fault,) = faults(ML_CONNECTOR_ALARM_WEBHOOK_SECRET=SIGNING_SECRET)
    assert fault.startswith("ML_CONNECTOR_ALARM_WEBHOOK_URL and")
