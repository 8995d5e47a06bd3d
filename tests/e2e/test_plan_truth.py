"""Invariant 2: a plan followed by its apply changes exactly what the plan listed."""

import re
import xml.etree.ElementTree as xml

from everything import PREPARE, as_yaml, resources
from lab import difference

# What a change of a kind touches beside its own path. Everything else that moves is a lie of the plan.
BESIDE = {
    "group": ["/etc/group", "/etc/gshadow"],
    "user": ["/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/subuid", "/etc/subgid", "/home/hf-user-0",
             "/home/hf-user-0/*"],
    "authorized_key": ["/root/.ssh/authorized_keys", "/home/*/.ssh", "/home/*/.ssh/authorized_keys"],
    "systemd_unit": ["/etc/systemd/system/*"],
    "firewall": ["/etc/ufw/*", "/etc/default/ufw"],
    "firewall_rule": ["/etc/ufw/user.rules", "/etc/ufw/user6.rules"],
    "nftables": ["/etc/nftables-*.nft", "/etc/systemd/system/nftables-*.service",
                 "/etc/systemd/system/sysinit.target.wants/nftables-*.service"],
    "sysctl": ["/etc/sysctl.d/60-holdfast-*"],
    "package": ["/usr/*", "/etc/hf-daemon.conf", "/etc/systemd/system/multi-user.target.wants/hf-daemon.service"],
    "command": ["/opt/everything/stamp-*"],
}


def changed_paths(before, after):
    """The paths of the sections `paths` and `content` that differ."""
    paths = set()
    for line in difference(before, after):
        listed = re.match(r"[<>] (/[^\t]*)\t", line) or re.match(r"[<>] [0-9a-f]{64}  (/.*)", line)
        if listed:
            paths.add(listed.group(1))
    return paths


def covered(path, rows):
    for kind, name in rows:
        if path == name or (kind == "directory" and name.endswith("/purged") and path.startswith(name + "/")):
            return True
        for pattern in BESIDE.get(kind, []):
            if re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), path):
                return True
    return False


def planned(text):
    """(kind, name) of the rows that change something, out of the plan for people."""
    return re.findall(r"^ +\S+ +(?:create|update|replace|delete|run) +([a-z_]+) (.+?)(?:  .*)?$", text, re.M)


def test_apply_changes_what_the_plan_listed_and_nothing_else(host, project):
    host.add_repository(update=False)
    host.sh(PREPARE, timeout=300)
    project.inventory([host])
    project.manifest(as_yaml(resources()))
    before = host.snapshot()
    rows = planned(project.run("plan", "-i", "hosts.yaml", "site.yaml").out)
    assert len(rows) > 80, rows
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", timeout=600)
    moved = changed_paths(before, host.snapshot())
    assert [p for p in sorted(moved) if not covered(p, rows)] == []
    for kind, name in rows:
        if kind in ("file", "directory", "symlink"):
            # A purge empties a folder whose own attributes stay.
            assert name in moved or any(path.startswith(name + "/") for path in moved), f"planned but not done: {kind} {name}"


def test_a_saved_plan_is_what_is_applied(host, project):
    project.inventory([host])
    project.manifest("  - file: /etc/saved\n    content: as planned\n")
    project.run("plan", "--out", "plan.hf", "-i", "hosts.yaml", "site.yaml")
    project.run("apply", "--yes", "plan.hf")
    assert host.read("/etc/saved") == "as planned"
    moved = host.snapshot(moves=True, journal=True)
    (project.folder / "plan.hf").rename(project.folder / "tfplan")
    project.run("apply", "--yes", "tfplan", expect=0)
    assert difference(moved, host.snapshot(moves=True, journal=True)) == []


def test_a_saved_plan_takes_no_other_flags(hosts, project):
    one, other = hosts(2)
    project.inventory([one, other])
    project.manifest("  - file: /etc/saved\n    content: as planned\n")
    project.run("plan", "--out", "plan.hf", "-i", "hosts.yaml", "site.yaml")
    for flags in (("--limit", one.name), ("-e", "staging"), ("-i", "other.yaml"), ("--tags", "t"), ("--target", "file /etc/saved"),
                  ("--set", "a=b"), ("--prune",)):
        done = project.run("apply", "--yes", "plan.hf", *flags, expect=64)
        assert f"not with another {flags[0]}" in done.err, str(done)
    assert other.sh("ls /etc/saved 2>/dev/null", check=False) == ""
    project.run("apply", "plan.hf", "-i", "hosts.yaml")
    assert other.read("/etc/saved") == "as planned"


def test_a_saved_plan_is_shown_as_it_was_told(host, project):
    host.write("/etc/readable", "old\n")
    host.write("/etc/private", "a private old text\n", mode="0600")
    project.inventory([host])
    project.manifest("  - file: /etc/readable\n    content: |\n      new\n  - file: /etc/private\n    content: x\n"
                     "  - file: /etc/token\n    content: !env HOLDFAST_TEST_SECRET\n    mode: 0600\n")
    told = project.run("plan", "-v", "--out", "plan.hf", "-i", "hosts.yaml", "site.yaml").out
    for_programs = project.run("plan", "--json", "--out", "json.hf", "-i", "hosts.yaml", "site.yaml").out
    host.cut()
    assert project.run("show", "plan.hf").out == told
    assert project.run("show", "--json", "json.hf").out == for_programs
    kept = (project.folder / "plan.hf").read_text()
    assert project.canary not in kept and "a private old text" not in kept


def test_a_run_is_shown_and_its_host_reported(hosts, project):
    good, dark = hosts(2)
    project.inventory([good, dark])
    project.manifest("  - file: /etc/shown\n    content: x\n")
    report = lambda: {one["host"]: one["state"] for one in project.run(  # noqa: E731
        "report", "-i", "hosts.yaml", "--json").json()["environments"][0]["hosts"]}
    assert report() == {good.name: "unseen", dark.name: "unseen"}
    project.run("plan", "-i", "hosts.yaml", "site.yaml")
    assert report() == {good.name: "pending", dark.name: "pending"}
    dark.cut()
    project.run("apply", "--yes", "--connect-timeout", "3", "-i", "hosts.yaml", "site.yaml", expect=3)
    assert report() == {good.name: "converged", dark.name: "unreachable"}
    project.run("report", "-i", "hosts.yaml", "--detailed-exitcode", expect=3)
    run = project.run("history", "--json").json()["runs"][0]["run"]
    told = project.run("show", run).out
    assert f"{good.name}: applied, 1 change\n     create  file /etc/shown" in told, told
    good.write("/etc/shown", "somebody")
    project.run("drift", "--connect-timeout", "3", "-i", "hosts.yaml", "site.yaml", expect=3)
    assert report() == {good.name: "drifted", dark.name: "unreachable"}
    project.run("show", "0000", expect=1)
    project.run("show", expect=64)


def test_a_saved_plan_stops_where_the_host_has_moved(host, project):
    host.write("/etc/saved", "one\n")
    project.inventory([host])
    project.manifest("  - file: /etc/saved\n    content: |\n      three\n  - file: /etc/other\n    content: x\n")
    project.run("plan", "--out", "plan.hf", "-i", "hosts.yaml", "site.yaml")
    host.write("/etc/saved", "two\n")
    before = host.snapshot()
    done = project.run("apply", "--yes", "plan.hf", expect=4)
    assert "/etc/saved" in done.out + done.err, str(done)
    assert difference(before, host.snapshot()) == []


def test_what_a_plan_says_is_told_in_every_form(host, project):
    project.inventory([host])
    project.manifest("  - file: /srv/a\n    content: x\n")
    say = ["-i", "hosts.yaml", "site.yaml", "--format"]
    assert project.run("plan", *say, "html").out.startswith("<!DOCTYPE html>")
    markdown = project.run("plan", *say, "markdown").out
    assert "1 to create" in markdown and "<summary>" in markdown, markdown
    numbers = project.run("drift", *say, "metrics", expect=2).out
    assert f'holdfast_host_up{{host="{host.name}"}} 1\n' in numbers, numbers
    numbers = project.run("apply", "--yes", *say, "metrics").out
    assert f'holdfast_apply_changed_resources{{host="{host.name}"}} 1\n' in numbers, numbers
    assert "to create" not in numbers
    project.manifest("  - check: ssh\n    tcp: {port: 22}\n  - check: nothing\n    tcp: {port: 9}\n")
    verdicts = project.run("verify", "--json", *say[:-1], expect=1).json()
    assert [(c["address"], c["passed"]) for c in verdicts["checks"]] == [("check ssh", True), ("check nothing", False)]
    assert verdicts["checks"][1]["error"] == "nothing listens on 127.0.0.1:9 of the host", verdicts
    assert verdicts["checks"][0]["got"] == "it takes connections", verdicts
    table = project.run("verify", "--junit", "verdicts.xml", *say[:-1], expect=1).out
    assert table.splitlines()[0].split() == ["host", "check", "asked", "took", "got"] and table.endswith("1 passed, 1 failed; 1 of 2 checks hold\n"), table
    suite = xml.parse(project.folder / "verdicts.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0"), suite.attrib
    assert xml.fromstring(project.run("verify", "--junit", "-", *say[:-1], expect=1).out).get("failures") == "1"


def test_a_guard_may_be_slow(host, project):
    project.inventory([host])
    project.manifest("  - command: never\n    argv: [touch, /srv/done]\n    only_if: [sh, -c, 'sleep 7; false']\n")
    for command in (["plan"], ["apply", "--yes"]):
        said = project.run(*command, "--timeout", "5", "-i", "hosts.yaml", "site.yaml").out
        assert "Nothing to change" in said, said
    assert host.sh("ls /srv") == ""


def test_a_guard_decides_from_the_first_question_on(host, project):
    project.inventory([host])
    project.manifest("  - command: once\n    argv: [touch, /srv/done]\n    unless: [test, -e, /srv/done]\n")
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    assert host.sh("ls /srv") == "done\n"
    assert project.run("plan", "--detailed-exitcode", "-i", "hosts.yaml", "site.yaml").out.startswith("Nothing")


LIB = "  - package: hf-libdep\n    ensure: absent\n"
TOOL = "  - package: hf-tool\n    ensure: absent\n"
UNKNOWN = "no package list of the host knows it yet: apply fetches them first"


def test_a_plan_says_what_apply_would_fail_on_with_packages(host, project):
    host.add_repository()
    host.sh("apt-get -q -y install hf-tool")
    project.inventory([host])
    before = host.snapshot(moves=True)
    project.manifest(LIB)
    refused = project.run("plan", "-i", "hosts.yaml", "site.yaml", expect=4)
    assert "hf-libdep is needed by package hf-tool" in refused.out + refused.err, str(refused)
    project.manifest("  - package: perl-base\n    ensure: absent\n")
    refused = project.run("plan", "-i", "hosts.yaml", "site.yaml", expect=4)
    assert "essential" in refused.out + refused.err, str(refused)
    project.manifest("  - package: hf-nowhere\n  - package: hf-hello\n")
    plan = project.run("plan", "-i", "hosts.yaml", "site.yaml").out
    assert plan.count(UNKNOWN) == 1 and plan.index("hf-nowhere") < plan.index(UNKNOWN), plan
    # Nothing was written, not even a log, and who else works on packages doesn't matter.
    assert difference(before, host.snapshot(moves=True)) == []
    host.sh("setsid flock /var/lib/dpkg/lock-frontend sleep 612 >/dev/null 2>&1 </dev/null &")
    project.manifest(LIB + TOOL)
    assert "refused" not in project.run("plan", "-i", "hosts.yaml", "site.yaml").out
    host.sh("pkill -f 'sleep 61[2]'")
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    assert host.sh("dpkg-query -W -f '${db:Status-Abbrev}' hf-libdep hf-tool 2>/dev/null", check=False).strip() in ("", "rc rc")


def test_packages_that_are_as_wanted_cost_no_question_more(host, project):
    host.add_repository()
    host.sh("apt-get -q -y install hf-hello; for tool in apt-cache dpkg; do "
            "printf '#!/bin/sh\\necho %s >>/root/asked\\nexec /usr/bin/%s \"$@\"\\n' $tool $tool >/usr/local/bin/$tool; "
            "chmod 755 /usr/local/bin/$tool; done")
    project.inventory([host])
    asked = "cat /root/asked 2>/dev/null; rm -f /root/asked"
    project.manifest("  - package: hf-hello\n  - package: hf-tool\n    ensure: absent\n")
    project.run("plan", "--detailed-exitcode", "-i", "hosts.yaml", "site.yaml")
    assert host.sh(asked, check=False) == ""
    project.manifest("  - package: hf-hello\n    ensure: absent\n  - package: hf-tool\n  - package: hf-daemon\n")
    project.run("plan", "-i", "hosts.yaml", "site.yaml")
    assert sorted(host.sh(asked).split()) == ["apt-cache", "dpkg", "dpkg"], "each once, and the architecture"
