"""The worked examples and the tour do what they say."""

from lab import ROOT, run


def test_the_tour_ends_with_an_empty_difference(lab):
    done = run([ROOT / "tests/lab/demo"], env={**lab.env, "HOLDFAST_LAB": "d" + lab.env["HOLDFAST_LAB"][1:]}, timeout=600)
    assert done.code == 0, str(done)
    assert "the difference is empty" in done.out


def test_the_examples_are_valid(project):
    done = run([project.program, "validate"], cwd=ROOT, env=project.env)
    assert done.code == 0, str(done)
