"""Invariant 10: two owners on one host, applied and pruned in any order; neither touches the other's."""

from lab import difference

PROJECT = """project: shop
environments:
  staging: {inventory: hosts.yaml, manifests: [staging.yaml]}
  production: {inventory: hosts.yaml, manifests: [production.yaml]}
default: staging
"""


def manifest(project, name, files, tags="", hosts="lab"):
    project.manifest(f"  - directory: /srv/{name}\n{tags}" + "".join(
        f"  - file: /srv/{name}/{file}\n    content: {file}\n{tags}" for file in files), path=f"{name}.yaml",
        head=f"manifest: {name}\nhosts: {hosts}\n")


def both_are_content(project):
    for environment in ("staging", "production"):
        said = project.run("plan", "-e", environment, "--prune", "--detailed-exitcode").out
        assert "/srv/" not in said, said


def test_two_environments_on_one_host_leave_each_other_alone(host, project):
    project.inventory([host])
    project.write("holdfast.yaml", PROJECT)
    manifest(project, "staging", ["a", "b"])
    manifest(project, "production", ["a", "b"])
    project.run("apply", "-e", "staging", "--yes")
    project.run("apply", "-e", "production", "--prune", "--yes")
    before = host.snapshot(moves=True, journal=True)
    for environment in ("staging", "production"):
        project.run("apply", "-e", environment, "--prune", "--yes")
    both_are_content(project)
    assert difference(before, host.snapshot(moves=True, journal=True)) == []

    manifest(project, "staging", ["a"])
    project.run("apply", "-e", "staging", "--prune", "--yes")
    assert host.sh("ls /srv/staging /srv/production") == "/srv/production:\na\nb\n\n/srv/staging:\na\n"
    both_are_content(project)


def test_part_of_a_run_never_makes_orphans(hosts, project):
    two = hosts(2)
    project.inventory(two)
    project.write("holdfast.yaml", PROJECT)
    manifest(project, "staging", ["a", "b"], tags="    tags: [some]\n")
    project.run("apply", "--yes")
    manifest(project, "staging", ["a"], tags="    tags: [other]\n")
    project.run("apply", "--tags", "other", "--prune", "--yes")
    project.run("apply", "--target", "file /srv/staging/a", "--prune", "--yes")
    assert [h.sh("ls /srv/staging") for h in two] == ["a\nb\n"] * 2
    project.run("apply", "--limit", two[0].name, "--prune", "--yes")
    assert [h.sh("ls /srv/staging") for h in two] == ["a\n", "a\nb\n"]


def test_a_host_that_no_manifest_names_any_more_is_looked_at_until_it_is_clean(hosts, project):
    stays, leaves = hosts(2)
    project.inventory([stays, leaves])
    project.write("holdfast.yaml", PROJECT)
    manifest(project, "staging", ["a"])
    project.run("apply", "--yes")
    manifest(project, "staging", ["a"], hosts=stays.name)
    for limit in ((), ("--limit", leaves.name)):
        said = project.run("plan", *limit).out
        assert said.startswith(f"{leaves.name}\n    orphan  "), said
        assert "file /srv/staging/a  [no manifest names it any more; stays without --prune]" in said, said
    leaves.cut()
    done = project.run("plan", "--connect-timeout", "2")
    assert f"{leaves.name}, which no manifest names any more, can't be looked at" in done.err, str(done)
    leaves.heal()
    project.run("apply", "--prune", "--yes")
    assert [h.sh("ls -d /srv/staging; :") for h in (stays, leaves)] == ["/srv/staging\n", ""]
    assert "Nothing to change" in project.run("plan").out
    leaves.cut()
    done = project.run("plan", "--connect-timeout", "2")
    assert leaves.name not in done.out + done.err, "nothing is there, so nobody asks"
    leaves.heal()


def test_a_host_that_no_manifest_names_any_more_is_retired(hosts, project):
    stays, leaves = hosts(2)
    before = leaves.snapshot()
    project.inventory([stays, leaves])
    project.write("holdfast.yaml", PROJECT)
    manifest(project, "staging", ["a"])
    project.run("apply", "--yes")
    manifest(project, "staging", ["a"], hosts=stays.name)
    project.run("retire", leaves.name, "--yes")
    assert difference(before, leaves.snapshot()) == []


def test_an_object_of_another_owner_is_refused_by_name(host, project):
    project.inventory([host])
    project.write("holdfast.yaml", PROJECT)
    manifest(project, "staging", ["a"])
    project.run("apply", "--yes")
    project.manifest("  - file: /srv/staging/a\n    content: mine\n", path="production.yaml",
                     head="manifest: production\nhosts: lab\n")
    done = project.run("apply", "-e", "production", "--yes", expect=None)
    assert done.code in (1, 4) and "staging" in done.out + done.err, str(done)
    assert host.read("/srv/staging/a") == "a"


def test_what_is_chosen_is_adopted_and_nothing_else(host, project):
    project.inventory([host])
    project.write("holdfast.yaml", PROJECT)
    manifest(project, "staging", ["a", "b"])
    project.run("apply", "--yes")
    project.manifest("".join(f"  - file: /srv/staging/{name}\n    content: {name}\n" for name in "ab"), path="production.yaml",
                     head="manifest: production\nhosts: lab\n")
    adopt = ("adopt", "-e", "production", "--from", "shop/staging/staging")
    done = project.run(*adopt, "--target", "file /srv/staging/a", expect=4)
    assert done.out == f"To be ours:\n   {host.name} file /srv/staging/a\n" and "nobody agreed" in done.err, str(done)
    said = project.run(*adopt, "--target", "file /srv/staging/a", "--yes").out
    assert said == f"{host.name}: now ours: file /srv/staging/a\n"
    slip = project.run("adopt", "-e", "production", "--from", "shop/staging/stagin", "--yes", expect=64)
    assert "did you mean 'shop/staging/staging'" in slip.err, str(slip)
    assert project.run(*adopt, "--yes").out == f"{host.name}: now ours: file /srv/staging/b\n"
    assert "belongs to shop/staging/staging" in project.run(*adopt, "--yes").out


def test_what_is_forgotten_is_named_and_agreed_to(host, project):
    project.inventory([host])
    project.write("holdfast.yaml", PROJECT.replace("staging.yaml]", "staging.yaml], protect: true"))
    manifest(project, "staging", ["a", "b"])
    project.run("apply", "-e", "staging", "--yes")
    before = host.snapshot(moves=True, journal=True)
    slip = project.run("forget", "-e", "staging", "--yes", "/srv/staging/a", expect=1)
    assert "did you mean 'file /srv/staging/a'" in slip.err, str(slip)
    done = project.run("forget", "-e", "staging", "file /srv/staging/a", expect=4)
    assert f"   {host.name} file /srv/staging/a\n" in done.out and "nobody agreed" in done.err, str(done)
    assert "-e staging" in project.run("forget", "--all", "--yes", expect=4).err
    assert difference(before, host.snapshot(moves=True, journal=True)) == []
    said = project.run("forget", "-e", "staging", "--yes", "file /srv/staging/a").out
    assert said == f"{host.name}: released file /srv/staging/a\n"


def test_what_nobody_names_any_more_is_shown_and_goes_only_when_asked(host, project):
    project.inventory([host])
    host.write("/srv/was-there", "old\n")
    both = "  - file: /srv/made\n    content: x\n  - file: /srv/was-there\n    content: new\n"
    project.manifest(both)
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    project.manifest("  - file: /srv/else\n    content: x\n")
    said = project.run("plan", "-i", "hosts.yaml", "site.yaml").out
    assert "/srv/made" in said, said
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    assert host.sh("ls /srv") == "else\nmade\nwas-there\n"
    project.run("apply", "--prune", "--yes", "-i", "hosts.yaml", "site.yaml")
    assert host.sh("ls /srv") == "else\nwas-there\n", "what was adopted stays"


def test_a_renamed_one_is_made_and_the_old_one_goes_in_one_run(host, project):
    project.inventory([host])
    project.manifest("  - file: /etc/old-name\n    content: x\n")
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    project.manifest("  - file: /etc/new-name\n    was: /etc/old-name\n    content: x\n")
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    assert host.sh("ls /etc/old-name /etc/new-name 2>/dev/null", check=False) == "/etc/new-name\n"
    assert project.run("plan", "--detailed-exitcode", "-i", "hosts.yaml", "site.yaml").out.startswith("Nothing")
    project.run("rollback", "--last", "-i", "hosts.yaml")
    assert host.sh("ls /etc/old-name /etc/new-name 2>/dev/null", check=False) == "/etc/old-name\n"


def test_a_protected_environment_must_be_named_beside_yes(host, project):
    project.inventory([host])
    project.manifest("  - file: /etc/one\n    content: x\n")
    project.write("holdfast.yaml", "project: demo\nenvironments:\n"
                  "  production: {inventory: hosts.yaml, manifests: [site.yaml], protect: true}\n")
    done = project.run("apply", "--yes", expect=4)
    assert "-e production" in done.err
    assert host.sh("ls /etc/one 2>/dev/null", check=False) == ""
    project.run("plan", "--out", "plan.hf")
    for flags in ((), ("--yes",)):
        done = project.run("apply", "plan.hf", *flags, expect=4)
        assert "beside a saved plan its name must be said: -e production" in done.err, str(done)
    assert host.sh("ls /etc/one 2>/dev/null", check=False) == ""
    project.run("apply", "-e", "production", "plan.hf")
    assert host.read("/etc/one") == "x"
    host.write("/etc/one", "y")
    project.run("apply", "-e", "production", "--yes")
    assert host.read("/etc/one") == "x"
