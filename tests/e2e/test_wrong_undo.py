"""A rehearsal names every undo that is made wrong (tests/rehearsal/wrong_undo.cc), by its resource and its path, and nothing is changed."""

import os
from pathlib import Path

import pytest
from everything import public_key
from lab import PROGRAM, difference, run

WRONG = Path(os.environ.get("HOLDFAST_WRONG_UNDO_PROGRAM", PROGRAM.parent / "holdfast_wrong_undo"))

PREPARE = rf"""
set -e
mkdir -m 700 /var/lib/holdfast; : >/var/lib/holdfast/lock
mkdir -p /srv/s/old/deep /srv/s/owned /srv/s/moded
echo beside >/srv/s/neighbour; echo going >/srv/s/gone; ln -s neighbour /srv/s/link; ln -s neighbour /srv/s/gone-link
echo old >/srv/s/replaced; chmod 640 /srv/s/replaced; chown deploy:adm /srv/s/replaced
setfacl -m u:plain:r /srv/s/replaced; setfattr -n user.note -v kept /srv/s/replaced
echo x >/srv/s/old/child; echo y >/srv/s/old/deep/grandchild; chmod 2750 /srv/s/old/deep
groupadd -g 3000 numbered; useradd -m -s /bin/sh staying; useradd -m -g numbered gone-user; groupadd -g 3009 leaving; gpasswd -M plain,staying leaving
printf 'staying:$6$salt$hash\ngone-user:$6$salt$other\n' | chpasswd -e; chage -M 90 gone-user
mkdir -m 700 /root/.ssh 2>/dev/null || :; echo '{public_key(9)}' >>/root/.ssh/authorized_keys
for n in seed other; do printf '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n' >/etc/systemd/system/$n.service; done
systemctl daemon-reload; systemctl enable other.service 2>/dev/null
ufw --force enable >/dev/null; ufw allow 22/tcp >/dev/null; ufw deny 111/udp comment old >/dev/null
"""

# What is planned, its resource, the step whose undo is made wrong, and the path that this shows at.
SCENES = {
    "new file": ("{file: /srv/s/new, content: x, mode: 0640}", "file /srv/s/new", "write", "/srv/s/new"),
    "replaced file": ("{file: /srv/s/replaced, content: new, mode: 0600, owner: root}", "file /srv/s/replaced", "write",
                      "/srv/s/replaced"),
    "removed file": ("{file: /srv/s/gone, ensure: absent}", "file /srv/s/gone", "remove", "/srv/s/gone"),
    "removed folder": ("{directory: /srv/s/old, ensure: absent}", "directory /srv/s/old", "remove", "/srv/s/old"),
    "new folder": ("{directory: /srv/s/made, mode: 0750}", "directory /srv/s/made", "make directory", "/srv/s/made"),
    "new link": ("{symlink: /srv/s/new-link, target: neighbour}", "symlink /srv/s/new-link", "link", "/srv/s/new-link"),
    "replaced link": ("{symlink: /srv/s/link, target: replaced}", "symlink /srv/s/link", "link", "/srv/s/link"),
    "removed link": ("{symlink: /srv/s/gone-link, ensure: absent}", "symlink /srv/s/gone-link", "remove", "/srv/s/gone-link"),
    "owner": ("{directory: /srv/s/owned, owner: deploy, group: adm}", "directory /srv/s/owned", "chown", "/srv/s/owned"),
    "mode": ("{directory: /srv/s/moded, mode: 0700}", "directory /srv/s/moded", "chmod", "/srv/s/moded"),
    "new group": ("{group: fresh}", "group fresh", "groupadd", "/etc/group"),
    "group's number": ("{group: numbered, gid: 3100}", "group numbered", "groupmod", "/etc/group"),
    "removed group": ("{group: leaving, ensure: absent}", "group leaving", "groupdel", "/etc/group"),
    "members": ("{group: leaving, ensure: absent}", "group leaving", "gpasswd", "/etc/group"),
    "new user": ("{user: newcomer, groups: [adm]}", "user newcomer", "add the account", "/etc/passwd"),
    "new home": ("{user: newcomer}", "user newcomer", "add the account", "/home/newcomer"),
    "user": ("{user: staying, shell: /bin/bash, groups: [adm]}", "user staying", "usermod", "/etc/passwd"),
    "lock": ("{user: staying, locked: true}", "user staying", "usermod --lock", "/etc/shadow"),
    "password": ("{user: staying, password: !env NEW_HASH}", "user staying", "set the password", "/etc/shadow"),
    "removed user": ("{user: gone-user, ensure: absent}", "user gone-user", "delete the account", "/etc/passwd"),
    "removed home": ("{user: gone-user, ensure: absent, remove_home: true}", "user gone-user", "remove /home/gone-user",
                     "/home/gone-user"),
    "key": (f"{{authorized_key: one, user: root, key: {public_key(1)}}}", "authorized_key one", "add a key",
            "/root/.ssh/authorized_keys"),
    "first key": (f"{{authorized_key: one, user: staying, key: {public_key(1)}}}", "authorized_key one", "add a key",
                  "/home/staying/.ssh"),
    "removed key": (f"{{authorized_key: old, ensure: absent, user: root, key: {public_key(9)}}}", "authorized_key old",
                    "remove a key", "/root/.ssh/authorized_keys"),
    "enabled": ("{systemd_unit: seed.service, enabled: true}", "systemd_unit seed.service", "systemctl enable",
                "/etc/systemd/system/multi-user.target.wants/seed.service"),
    "disabled": ("{systemd_unit: other.service, enabled: false}", "systemd_unit other.service", "systemctl disable",
                 "/etc/systemd/system/multi-user.target.wants/other.service"),
    "masked": ("{systemd_unit: ssh.socket, masked: true}", "systemd_unit ssh.socket", "systemctl mask",
               "/etc/systemd/system/ssh.socket"),
    "drop-in": ('{systemd_unit: ssh.service, drop_ins: {"50-seed.conf": "[Service]\\nNice=5\\n"}}', "systemd_unit ssh.service",
                "write", "/etc/systemd/system/ssh.service.d/50-seed.conf"),
    "rule": ("{firewall_rule: one, allow: {port: 9101/tcp}}", "firewall_rule one", "ufw", "/etc/ufw/user.rules"),
    "other rule": ("{firewall_rule: two, reject: {port: 111/udp}}", "firewall_rule two", "ufw", "/etc/ufw/user.rules"),
    "policy": ("{firewall: ufw, incoming: reject}", "firewall ufw", "ufw", "/etc/default/ufw"),
    "firewall off": ("{firewall: ufw, enabled: false}", "firewall ufw", "ufw", "/etc/ufw/ufw.conf"),
    "kernel setting's file": ("{sysctl: net.ipv4.conf.all.log_martians, value: 1}", "sysctl net.ipv4.conf.all.log_martians", "write",
                              "/etc/sysctl.d/60-holdfast-net.ipv4.conf.all.log_martians.conf"),
    "command": ("{command: stamp, argv: [touch, /srv/s/stamp], creates: /srv/s/stamp, undo: [rm, -f, /srv/s/stamp], rehearse: true}",
                "command stamp", "touch", "/srv/s/stamp"),
}

# Steps of files are known by their path, too.
SCENES = {name: (row, address, f"{step} {path}" if step in ("write", "remove", "make directory", "link") else step, path)
          for name, (row, address, step, path) in SCENES.items()}

# Wrongness, and where it shows if not at the scene's path. One that ends in "@" is done there, and not at the step's own path.
SEEDS = {
    "new file": ["missing", "elsewhere", "empty", "as link", "temporary /srv/s/.hf-temporary", "temporary folder /srv/s/.hf-temporary",
                 "neighbour gone /srv/s/neighbour", "neighbour /srv/s/neighbour", "parent's mode /srv/s", "parent's owner /srv/s",
                 "says that it fails -"],
    "replaced file": ["missing", "owner", "group", "mode", "setuid", "text", "empty", "stale", "elsewhere", "as link", "as folder", "gone",
                      "no attributes", "more attributes", "no access list", "only text", "only attributes", "text without attributes"],
    "removed file": ["missing", "mode", "owner", "stale", "elsewhere"],
    "removed folder": ["missing", "child gone /srv/s/old/child", "child /srv/s/old/child", "child's text /srv/s/old/child",
                       "another child /srv/s/old/another", "mode", "default list", "only the folder itself"],
    "new folder": ["missing", "as file", "parent's mode /srv/s"],
    "new link": ["missing", "target", "as file"],
    "replaced link": ["missing", "target", "owner", "as file", "as what it leads to", "gone"],
    "removed link": ["missing", "target"],
    "owner": ["missing", "owner", "only mode", "setuid"],
    "mode": ["missing", "mode", "only owner"],
    "new group": ["missing", "again", "of another", "text@"],
    "group's number": ["missing", "again"],
    "removed group": ["missing"],
    "members": ["missing"],
    "new user": ["missing", "owner@", "mode@"],
    "new home": ["missing", "temporary folder@ /home/.hf-temporary", "as folder@"],
    "user": ["missing", "again", "half"],
    "lock": ["missing", "again"],
    "password": ["missing", "capture lost"],
    "removed user": ["missing", "capture lost /etc/shadow"],
    "removed home": ["missing", "mode@"],
    "key": ["missing", "mode@", "text@", "owner@", "again"],
    "first key": ["missing"],
    "removed key": ["missing"],
    "enabled": ["missing", "again", "of another"],
    "disabled": ["missing", "again"],
    "masked": ["missing", "target@", "of another"],
    "drop-in": ["missing", "temporary /etc/systemd/system/ssh.service.d"],
    "rule": ["missing", "half", "again", "mode@", "temporary@ /etc/ufw/.hf-temporary"],
    "other rule": ["missing", "half"],
    "policy": ["missing", "capture lost"],
    "firewall off": ["missing"],
    "kernel setting's file": ["missing"],
    "command": ["missing", "again", "temporary@ /srv/s/.hf-temporary"],
}


def seeds():
    """All with HOLDFAST_ALL_SEEDS=1; else one of every second scene, by turns its first, its second…"""
    every = os.environ.get("HOLDFAST_ALL_SEEDS")
    for turn, (scene, all_of_it) in list(enumerate(SEEDS.items()))[:: 1 if every else 2]:
        for seed in all_of_it if every else [all_of_it[turn % len(all_of_it)]]:
            words, _, shows = seed.partition(" /")
            words, says, _ = words.partition(" -")
            there = words.endswith("@")
            yield pytest.param(scene, words.rstrip("@"), there, "" if says else "/" + shows if shows else SCENES[scene][3],
                               id=f"{scene}, {seed}")


@pytest.fixture(scope="module")
def prepared(lab):
    """One host for all: nothing real is changed on it."""
    host = lab.take(1)[0]
    host.sh(PREPARE, timeout=120)
    before = host.snapshot(moves=True)
    yield host
    after = host.snapshot(moves=True)
    lab.give_back([host])
    assert difference(before, after) == []


def rehearse(project, host, scenes, wrong=None):
    rows = "".join(f"  - {SCENES[scene][0]}\n" for scene in scenes)
    project.inventory([host])
    # One that is right stands before it and one behind it: the wrong one must be told from them.
    project.manifest(f"  - {{file: /srv/first, content: x}}\n{rows}  - {{file: /srv/z-last, content: x}}\n")
    env = {**project.env, "NEW_HASH": "$6$salt$new"}
    if wrong:
        env["HOLDFAST_WRONG_UNDO"] = wrong
    return run([WRONG, "plan", "--rehearse", "-i", "hosts.yaml", "site.yaml"], env=env, cwd=project.folder, timeout=300)


def together():
    """All scenes, in as few plans as hold each resource once."""
    plans = []
    for scene, (_, address, _, _) in SCENES.items():
        plan = next((p for p in plans if address not in {SCENES[s][1] for s in p}), None)
        if plan is None:
            plans.append(plan := [])
        plan.append(scene)
    return plans


@pytest.mark.parametrize("scenes", together(), ids=len)
def test_what_is_right_goes_there_and_back(prepared, project, scenes):
    done = rehearse(project, prepared, scenes)
    assert done.code == 0 and "all was as before" in done.out, str(done)


@pytest.mark.parametrize("scene,wrongness,there,shows", seeds())
def test_what_is_wrong_is_named(prepared, project, scene, wrongness, there, shows):
    _, address, step, path = SCENES[scene]
    done = rehearse(project, prepared, [scene], f"{wrongness}:{step}" + (f":{path}" if there else ""))
    assert done.code == 4, str(done)
    assert f"{prepared.name} {address}: the undo of " in done.err and shows in done.err, str(done)
    assert "/srv/first" not in done.err and "/srv/z-last" not in done.err, str(done)


def test_an_undo_that_comes_too_late_is_named(prepared, project):
    project.inventory([prepared])
    project.manifest("  - {directory: /srv/late}\n  - {file: /srv/late/file, content: x}\n")
    env = {**project.env, "HOLDFAST_WRONG_UNDO": "late:write /srv/late/file"}
    done = run([WRONG, "plan", "--rehearse", "-i", "hosts.yaml", "site.yaml"], env=env, cwd=project.folder)
    assert done.code == 4 and "directory /srv/late: the undo of 'make directory /srv/late' " in done.err, str(done)


def test_there_are_enough_of_them():
    assert sum(len(s) for s in SEEDS.values()) >= 50
