"""The worked examples and the tour do what they say."""

import shutil

import pytest
from lab import ROOT, run


def test_the_tour_ends_with_an_empty_difference(lab):
    done = run([ROOT / "tests/lab/demo"], env={**lab.env, "HOLDFAST_LAB": "d" + lab.env["HOLDFAST_LAB"][1:]}, timeout=600)
    assert done.code == 0, str(done)
    assert "the difference is empty" in done.out


@pytest.mark.parametrize("environment", ["lab", "runners"])
def test_the_examples_are_valid(project, environment):
    # Nothing was built there: what only a plan needs is asked for then.
    for name in ("manifests", "inventories"):
        shutil.copytree(ROOT / name, project.folder / name)
    shutil.copy(ROOT / "holdfast.yaml", project.folder)
    project.run("validate", "-e", environment)


def test_a_fleet_with_docker_is_valid(project):
    for name in ("manifests", "inventories"):
        shutil.copytree(ROOT / name, project.folder / name)
    shutil.copy(ROOT / "holdfast.yaml", project.folder)

    def validate(*given, **more):
        words = [word for one in ("runner_docker=true", *given) for word in ("--set", one)]
        return project.run("validate", "-e", "staging", *words, env={"GITHUB_TOKEN": project.canary}, **more)

    validate("runner_in_docker_group=true", "docker_prune_on_calendar=Sun 03:00")
    assert "images" in validate('docker_images=["--all"]', expect=1).err
