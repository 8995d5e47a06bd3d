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
