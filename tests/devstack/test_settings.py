"""What the environment says about the servers."""

from pathlib import Path

import pytest

from devstack.errors import StackError
from devstack.settings import External, Ports, StackSettings


def test_nothing_said_means_everything_embedded_below_the_current_directory() -> None:
    """An empty variable counts as unset."""
    assert StackSettings.from_environment({"MCA_STATE": "", "MCA_SMTP_URL": ""}) == StackSettings(
        directory=Path(".mca"), ports=Ports(temporal=7233, ui=8233, smtp=1025), external=External()
    )


def test_every_part_can_be_a_real_one_and_every_port_chosen() -> None:
    """Temporal counts as given when its own address or profile is."""
    said = {
        "MCA_STATE": "elsewhere",
        "MCA_TEMPORAL_PORT": "1",
        "MCA_UI_PORT": "2",
        "MCA_SMTP_PORT": "3",
        "MCA_DATABASE_URL": "postgresql://db/mca",
        "MCA_SMTP_URL": "smtp://mail:587",
        "TEMPORAL_PROFILE": "prod",
    }
    assert StackSettings.from_environment(said) == StackSettings(
        directory=Path("elsewhere"),
        ports=Ports(temporal=1, ui=2, smtp=3),
        external=External(database_url="postgresql://db/mca", temporal=True, smtp_url="smtp://mail:587"),
    )
    assert StackSettings.from_environment({"TEMPORAL_ADDRESS": "t:7233"}).external.temporal


@pytest.mark.parametrize("text", ["ui", "-1", "65536", "8233 "])
def test_a_port_that_is_none_is_named_with_its_variable(text: str) -> None:
    """The message says which variable holds what."""
    with pytest.raises(StackError, match=f"MCA_UI_PORT .*'{text}'"):
        StackSettings.from_environment({"MCA_UI_PORT": text})
