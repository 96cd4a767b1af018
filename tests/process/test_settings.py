"""What the environment says to the engine, and what is said back when it is wrong."""

from __future__ import annotations

import pytest

from process.settings import Settings, SettingsError

ENOUGH = {"MCA_DATABASE_URL": "postgresql://user:hush@db/coaching", "MCA_SMTP_URL": "smtp://user:hush@mail:587"}
TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"


def test_the_two_urls_are_enough() -> None:
    """Everything else has a default that works."""
    settings = Settings.from_environment(ENOUGH)
    assert (settings.task_queue, settings.metrics, settings.log, settings.build_id) == ("coaching", "off", "json", None)
    assert settings.mail_server.starttls == "required"
    assert settings.sender.domain == "example.org"


def test_every_setting_is_read_from_its_variable() -> None:
    """The variable is the setting's name after MCA_; what is not a setting is left alone."""
    settings = Settings.from_environment(
        ENOUGH
        | {
            "MCA_TASK_QUEUE": "north",
            "MCA_METRICS": "127.0.0.1:9464",
            "MCA_LOG": "console",
            "MCA_BUILD_ID": "2026.11.1",
            "MCA_CACHED_WORKFLOWS": "500",
            "MCA_MAIL_FROM": "Office <office@example.nhs.uk>",
            "MCA_BOUNCES_TO": "bounces@example.nhs.uk",
            "MCA_SOMETHING_ELSE": "x",
        }
    )
    assert (settings.task_queue, settings.metrics, settings.log) == ("north", "127.0.0.1:9464", "console")
    assert (settings.build_id, settings.cached_workflows) == ("2026.11.1", 500)
    assert str(settings.sender) == "Office <office@example.nhs.uk>"
    assert str(settings.bounces_address) == "bounces@example.nhs.uk"


def test_all_that_is_wrong_is_said_at_once_with_variable_and_remedy() -> None:
    """An empty variable counts as unset."""
    with pytest.raises(SettingsError) as wrong:
        Settings.from_environment({"MCA_DATABASE_URL": " ", "MCA_SMTP_URL": "http://mail", "MCA_METRICS": "everywhere"})
    lines = str(wrong.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["MCA_DATABASE_URL", "MCA_SMTP_URL", "MCA_METRICS"]
    assert lines[0].endswith("is not set; set it to postgresql://user:password@host:5432/database")
    assert "127.0.0.1:9464" in lines[2]


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MCA_DATABASE_URL", "mysql://user:hush@db"),
        ("MCA_SMTP_URL", "smtp://user:hush@mail:nonsense"),
        ("MCA_MAIL_FROM", "nobody"),
        ("MCA_BOUNCES_TO", "nobody"),
        ("MCA_OPERATOR", "nobody"),
        ("MCA_HEARTBEAT_URL", "hush"),
        ("MCA_SMTP_CONNECTIONS", "0"),
        ("MCA_TASK_QUEUE", "two words"),
        ("MCA_LOG_LEVEL", "loud"),
        ("MCA_CACHED_WORKFLOWS", "many"),
        ("MCA_NOTIFY_API_KEY", "hush"),
        ("MCA_NOTIFY_TEMPLATE", "the first"),
        ("MCA_NOTIFY_TEMPLATE", TEMPLATE),
        ("MCA_CHAT_SERVICES", "slack, hush://"),
        ("MCA_CHAT_SERVICES", "slack, msteam"),
    ],
)
def test_an_unusable_value_is_refused_without_showing_a_secret(variable: str, value: str) -> None:
    """The message names the variable; a password in a URL stays out of it."""
    with pytest.raises(SettingsError, match=variable) as wrong:
        Settings.from_environment(ENOUGH | {variable: value})
    assert "hush" not in str(wrong.value)
    assert wrong.value.__cause__ is None


def test_secrets_are_not_shown() -> None:
    """Neither printed nor dumped."""
    settings = Settings.from_environment(ENOUGH)
    assert "hush" not in repr(settings) + str(settings) + settings.model_dump_json()
