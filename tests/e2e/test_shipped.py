"""The worked examples and the tour do what they say."""

import shutil

import pytest
import yaml
from lab import ROOT, run


def test_the_tour_ends_with_an_empty_difference(lab):
    done = run([ROOT / "tests/lab/demo"], env={**lab.env, "HOLDFAST_LAB": "d" + lab.env["HOLDFAST_LAB"][1:]}, timeout=600)
    assert done.code == 0, str(done)
    assert "the difference is empty" in done.out


# What the guide gives after `-e production`, but for the values of a release.
COMMANDS = [
    "manifests/validate-runner.yaml",
    "manifests/deploy-gate.yaml manifests/app-gate.yaml --tags before",
    "manifests/app-gate.yaml --tags after",
    "--tags runner",
    "--tags firewall,exporter",
    "--tags monitoring",
    "--tags alerts",
    "--tags dashboard",
]


@pytest.fixture
def shipped(project):
    # Nothing was built there: what only a plan needs is asked for then.
    for name in ("manifests", "inventories"):
        shutil.copytree(ROOT / name, project.folder / name)
    shutil.copy(ROOT / "holdfast.yaml", project.folder)
    return project


@pytest.mark.parametrize("environment", ["lab", "runners", "staging", "production", "ansible", "failover"])
def test_the_examples_are_valid(shipped, environment):
    shipped.run("validate", "-e", environment)


@pytest.mark.parametrize("words", COMMANDS)
def test_what_the_guide_says_of_production_is_valid(shipped, words):
    assert f"-e production {words}" in (ROOT / "docs/guide.md").read_text()
    shipped.run("validate", "-e", "production", *words.split())


def test_a_deployment_to_production_is_valid(shipped):
    given = {"version": "1.3.0", "artifacts": "https://files.example.com/paws360", "backend_sha256": "9f" * 32, "frontend_sha256": "41" * 32}
    words = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
    shipped.run("validate", "-e", "production", "manifests/app-deploy.yaml", *words)


def test_a_runner_has_the_firewall_of_the_environment_that_keeps_it(shipped):
    # Where a firewall is stated, it is told that Prometheus doesn't get in.
    exporter = shipped.folder / "manifests/runner-exporter.yaml"
    exporter.write_text(exporter.read_text().replace('from: "{{ prometheus_host }}"', "from: 192.168.0.201"))
    told = shipped.run("validate", "-e", "production", expect=1).err
    assert "192.168.0.13:9102, but its firewall opens the port for 192.168.0.201 only" in told
    assert "192.168.0.51" not in told, "its firewall is staging's"


def test_deployments_that_wait_are_not_cancelled():
    workflow = yaml.safe_load((ROOT / "docs/workflows/deploy-by-pick.yml").read_text())
    assert workflow["concurrency"] == {"group": "production-deployment", "cancel-in-progress": False, "queue": "max"}


def test_a_fleet_with_docker_is_valid(shipped):
    def validate(*given, **more):
        words = [word for one in ("runner_docker=true", *given) for word in ("--set", one)]
        return shipped.run("validate", "-e", "staging", *words, env={"GITHUB_TOKEN": shipped.canary}, **more)

    validate("runner_in_docker_group=true", "docker_prune_on_calendar=Sun 03:00")
    assert "images" in validate('docker_images=["--all"]', expect=1).err
