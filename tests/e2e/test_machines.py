"""Hosts are machines, not names: two names of one are merged, two machines with one identity are refused; what a run
rests on elsewhere is looked at; what another host says of itself opens nothing unasked."""

from types import SimpleNamespace

from lab import difference


def another_name(host, name="web1"):
    return SimpleNamespace(name=name, address=host.address)


OWN_FILES = """  - file: /srv/{{ inventory_hostname }}
    content: x
  - file: /srv/all
    content: x
"""


def test_two_names_of_one_machine_share_its_lock(host, project):
    """Without the merge the second name finds the lock held, by this very run."""
    project.inventory([host, another_name(host)])
    project.manifest(OWN_FILES)
    before = host.snapshot(moves=True, journal=True)
    said = project.run("plan", "-i", "hosts.yaml", "site.yaml").out
    assert f"{host.name} (also web1)" in said and "3 to create" in said and "on 1 host." in said, said
    assert difference(before, host.snapshot(moves=True, journal=True)) == [], "a plan writes nothing"
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    assert host.sh("ls /srv") == f"all\n{host.name}\nweb1\n"
    assert project.run("plan", "--detailed-exitcode", "-i", "hosts.yaml", "site.yaml").out.startswith("Nothing")
    plan = project.run("plan", "--json", "-i", "hosts.yaml", "site.yaml").json()
    assert [(h["host"], h["also"]) for h in plan["hosts"]] == [(host.name, ["web1"])]
    project.run("rollback", "--last", "-i", "hosts.yaml")
    assert host.sh("ls /srv") == ""


def test_names_with_other_accounts_are_one_machine_too(host, project):
    project.inventory([host, another_name(host)])
    hosts = project.folder / "hosts.yaml"
    hosts.write_text(hosts.read_text().replace(
        f"web1: {{ansible_host: {host.address}}}",
        f"web1: {{ansible_host: {host.address}, ansible_user: deploy, ansible_become: true}}"))
    project.manifest(OWN_FILES)
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    assert host.sh("ls /srv") == f"all\n{host.name}\nweb1\n"


def test_runs_are_told_once_and_either_name_forgets(host, project):
    project.inventory([host, another_name(host)])
    project.manifest(OWN_FILES)
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    said = project.run("runs", "-i", "hosts.yaml").out
    assert said.startswith(f"{host.name} (also web1)\n") and said.count(" apply ") == 1, said
    runs = project.run("runs", "--json", "-i", "hosts.yaml").json()
    assert [(h["host"], h["also"], len(h["runs"])) for h in runs] == [(host.name, ["web1"], 1)]
    said = project.run("forget", "--yes", "-i", "hosts.yaml", "--limit", "web1", f"file /srv/{host.name}").out
    assert said == f"web1: released file /srv/{host.name}\n", said
    said = project.run("forget", "--yes", "-i", "hosts.yaml", "--all").out
    assert said == f"{host.name}: released file /srv/all\n{host.name}: released file /srv/web1\n", said


def test_two_names_that_contradict_each_other_are_both_named(host, project):
    project.inventory([host, another_name(host)])
    project.manifest("  - file: /srv/a\n    content: \"{{ inventory_hostname }}\"\n")
    done = project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", expect=1)
    assert "HF5007" in done.err and "site.yaml:5:14" in done.err, str(done)
    assert f"{host.name} and web1 are one machine" in done.err, str(done)
    assert host.sh("ls /srv") == ""


def test_what_one_name_made_is_an_orphan_of_the_machine(host, project):
    project.write("holdfast.yaml", "project: shop\nenvironments:\n"
                  "  all: {inventory: hosts.yaml, manifests: [site.yaml]}\ndefault: all\n")
    project.inventory([host, another_name(host)])
    project.manifest(OWN_FILES)
    project.run("apply", "--yes")
    project.manifest("  - file: /srv/all\n    content: x\n")
    project.run("apply", "--yes", "--prune")
    assert host.sh("ls /srv") == "all\n"


def test_two_machines_with_one_identity_are_refused(hosts, project):
    one, two = hosts(2)
    key = one.read("/etc/ssh/ssh_host_ed25519_key")
    two.write("/etc/ssh/ssh_host_ed25519_key", key, mode="0600")
    two.sh("systemctl restart ssh")
    public = " ".join(one.read("/etc/ssh/ssh_host_ed25519_key.pub").split()[:2])
    known = project.write("known", f"{one.address} {public}\n{two.address} {public}\n")
    project.inventory([one, two])
    hosts_file = project.folder / "hosts.yaml"
    hosts_file.write_text(hosts_file.read_text().replace(project.lab.variables["HOLDFAST_LAB_KNOWN_HOSTS"], str(known)))
    project.manifest(OWN_FILES)
    for command in (["plan"], ["apply", "--yes"]):
        done = project.run(*command, "-i", "hosts.yaml", "site.yaml", expect=1)
        assert "HF5008" in done.err and f"{one.name} and {two.name} show the same host key" in done.err, str(done)
    assert [h.sh("ls /srv") for h in (one, two)] == ["", ""]


def test_another_hosts_report_opens_nothing_unasked(hosts, project):
    one, two = hosts(2)
    project.inventory([one, two])
    resource = (f"  - file: /etc/sudoers.d/fleet\n    mode: 0440\n    when: inventory_hostname == '{one.name}'\n"
                f"    content: \"deploy ALL=(root) /bin/{{{{ hostvars['{two.name}'].facts.hostname }}}}\\n\"\n")
    project.manifest(resource)
    done = project.run("plan", "-i", "hosts.yaml", "site.yaml", expect=4)
    assert "HF5009" in done.out and "site.yaml:7:14" in done.out and f"trust_facts: [{two.name}]" in done.out, str(done)
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", expect=4)
    assert "fleet" not in one.sh("ls /etc/sudoers.d")
    project.manifest(resource + f"    trust_facts: [{two.name}]\n")
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    assert "fleet" in one.sh("ls /etc/sudoers.d")


def test_what_a_run_requires_beyond_its_limit_must_hold_already(hosts, project):
    one, two = hosts(2)
    project.inventory([one, two])
    project.manifest("  - file: /srv/base\n    content: x\n"
                     f"  - file: /srv/top\n    content: x\n    when: inventory_hostname == '{one.name}'\n"
                     f"    requires: [{{on: {two.name}, resource: file /srv/base}}]\n"
                     f"  - file: /srv/roof\n    content: x\n    when: inventory_hostname == '{one.name}'\n"
                     "    requires: file /srv/top\n")
    limited = ["--yes", "-i", "hosts.yaml", "site.yaml", "--limit", one.name]
    before = two.snapshot(moves=True, journal=True)
    done = project.run("apply", *limited, expect=4)
    assert f"{one.name} file /srv/top requires {two.name} file /srv/base" in done.err, str(done)
    assert one.sh("ls /srv") == ""

    two.cut()
    try:
        done = project.run("apply", *limited, "--connect-timeout", "2", expect=3)
    finally:
        two.heal()
    assert f"requires {two.name} file /srv/base: {two.name} is unreachable" in done.out, str(done)
    assert "file /srv/roof" in done.out and one.sh("ls /srv") == "base\n", str(done)
    assert difference(before, two.snapshot(moves=True, journal=True)) == [], "it is only looked at"

    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", "--limit", two.name)
    project.run("apply", *limited)
    assert one.sh("ls /srv") == "base\nroof\ntop\n"


def test_either_name_alone_goes_on_with_what_both_made(host, project):
    project.inventory([host, another_name(host)])
    project.manifest(OWN_FILES)
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    for name in (host.name, "web1"):
        said = project.run("plan", "--detailed-exitcode", "--prune", "--limit", name, "-i", "hosts.yaml", "site.yaml", expect=0).out
        assert "refused" not in said, said
