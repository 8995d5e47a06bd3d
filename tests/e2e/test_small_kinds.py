"""The small kinds of a runner host on a real one: JSON files, Docker's daemon, sudo, sshd, logrotate and timers."""

import json
import shutil

import pytest
from given import logrotate
from lab import ROOT, difference

FILES = ("-i", "hosts.yaml", "site.yaml")
KNOWN = "  - directory: /etc/known\n"

KINDS = """\
  - json_file: /etc/app/settings.json
    set: {log: {size: 10m}, list: [1, 2], token: !env HOLDFAST_TEST_SECRET}
    remove: [/debug, /log/tag]
    mode: 0640
  - docker_daemon: docker
    log_driver: json-file
    log_opts: {max-size: 10m, max-file: 3}
    default_ulimits:
      nofile: {soft: 64000, hard: 64000}
  - sudo_rule: plain
    users: [plain]
    commands: [/usr/bin/id -u, "!/usr/bin/id -g"]
    nopasswd: true
  - sshd_setting: 10-own
    settings: {MaxAuthTries: 4, ClientAliveInterval: 1m, AllowUsers: [root, plain, deploy]}
  - logrotate: app
    paths: [/var/log/app/*.log]
    frequency: daily
    rotate: 5
    missingok: true
    create: {mode: 0640, owner: root, group: adm}
    postrotate: |
      touch /run/rotated
  - timer: tick
    run: [/bin/sh, -c, "echo $$ 100% >/run/ticked"]
    on_calendar: Mon 04:00
    persistent: true
  - timer: tock
    run: id -un >/tmp/tocked
    user: plain
    every: 1h
"""

# A daemon in Docker's place: it notes how it is started and told to read its file again.
DAEMON = """\
mkdir -p /etc/docker /etc/app /var/log/app
printf '{"debug": true, "log": {"tag": "x", "size": "5m", "keep": 1.50},\\n "list": [1]}' >/etc/app/settings.json
chmod 644 /etc/app/settings.json
cat >/etc/systemd/system/docker.service <<'END'
[Service]
ExecStartPre=/bin/sh -c 'echo start >>/run/docker-log'
ExecStart=/bin/sleep infinity
ExecReload=/bin/sh -c 'echo reload >>/run/docker-log'
END
cat >/usr/local/bin/docker <<'END'
#!/bin/sh
[ "$1" = ps ] && printf 'db\\nweb\\n'
END
chmod +x /usr/local/bin/docker
systemctl daemon-reload
systemctl start docker
"""


@pytest.fixture
def site(host, project):
    """A project whose first run, which leaves the boot unit, is over."""
    host.sh(DAEMON)
    host.write("/run/given.sh", logrotate())
    host.sh("sh /run/given.sh; rm /run/given.sh")
    project.inventory([host])
    project.manifest(KNOWN)
    project.run("apply", "--yes", *FILES)

    def put(resources):
        project.manifest(KNOWN + resources)

    project.put = put
    return project


def test_applied_seen_drifted_and_taken_back(host, site):
    before = host.snapshot()
    site.put(KINDS)
    planned = site.run("plan", *FILES).out
    for word in ("/log/size: 5m → 10m", "/debug: true → (removed)", "lets plain run /usr/bin/id -u", "without a password",
                 "ends containers that run: db, web", "AllowUsers decides", "restarts docker.service"):
        assert word in planned.replace("->", "→"), planned
    site.run("apply", "--yes", *FILES)

    text = host.read("/etc/app/settings.json")
    assert '"keep": 1.50' in text and "debug" not in text and json.loads(text)["token"] == site.canary
    daemon = json.loads(host.read("/etc/docker/daemon.json"))
    assert daemon["log-opts"] == {"max-size": "10m", "max-file": "3"}
    assert daemon["default-ulimits"]["nofile"] == {"Name": "nofile", "Hard": 64000, "Soft": 64000}
    assert host.read("/run/docker-log").split() == ["start", "start"]
    assert host.ssh("sudo -n id -u", user="plain").out.strip() == "0"
    assert host.ssh("sudo -n id -g", user="plain", check=False).code != 0
    assert "clientaliveinterval 60" in host.sh("sshd -T")
    host.sh("echo x >/var/log/app/a.log; logrotate -s /run/rotations -f /etc/logrotate.d/app")
    assert host.sh("ls /run/rotated /var/log/app/a.log.1")
    host.sh("rm /run/rotated /run/rotations /var/log/app/*")
    host.sh("systemctl start tick.service tock.service")
    assert host.read("/run/ticked").split()[1] == "100%" and host.read("/tmp/tocked") == "plain\n"
    host.sh("rm /run/ticked /tmp/tocked")
    assert host.sh("systemctl is-enabled tick.timer tock.timer").split() == ["enabled", "enabled"]

    moves = host.snapshot(moves=True)
    assert "Nothing to change" in site.run("plan", *FILES).out
    assert difference(moves, host.snapshot(moves=True)) == []

    site.run("rollback", "--last", "--allow-reopen", "-i", "hosts.yaml")
    assert difference(before, host.snapshot()) == []
    assert host.read("/run/docker-log").split() == ["start"] * 3

    site.run("apply", "--yes", *FILES)
    host.sh("sed -i s/10m/11m/ /etc/docker/daemon.json; echo 'MaxAuthTries 9' >/etc/ssh/sshd_config.d/10-own.conf"
            "; chmod 600 /etc/sudoers.d/plain; systemctl stop tick.timer; echo daily >>/etc/logrotate.d/app")
    drifted = site.run("drift", *FILES, expect=2).out.replace("->", "→")
    for word in ("/log-opts/max-size: 11m → 10m", "mode: 0600 → 0440", "state: stopped → running", "-daily", "-MaxAuthTries 9"):
        assert word in drifted, drifted
    site.run("apply", "--yes", *FILES)
    assert "No drift" in site.run("drift", *FILES).out


def test_what_would_break_the_host_is_refused_and_it_stays_as_it_was(host, site):
    host.write("/etc/bad.json", '{\n  "a": 1, // no\n}\n')
    host.write("/etc/ssh/sshd_config.d/50-cloud.conf", "PasswordAuthentication yes\n")
    before = host.snapshot()
    cases = {
        "  - json_file: /etc/bad.json\n    set: {a: 2}\n": "line 2, column 11",
        "  - sshd_setting: 60-own\n    settings: {PasswordAuthentication: false}\n": "50-cloud.conf, line 1",
        "  - sshd_setting: 10-own\n    settings: {MaxAuthTriez: 3}\n": "Bad configuration option",
        "  - sudo_rule: bad.name\n    users: [plain]\n    commands: [ALL]\n": "HF7083",
        "  - sudo_rule: bad\n    users: [plain]\n    commands: [ALL]\n    options: [nosuch_option]\n": "nosuch_option",
        "  - logrotate: bad\n    paths: [/var/log/x]\n    options: [nosuchword]\n": "nosuchword",
        "  - logrotate: bad\n    paths: [/var/log/x]\n    create: {mode: 0640, owner: nobodyhere, group: adm}\n": "nobodyhere",
        "  - timer: bad\n    run: [/bin/true]\n    on_calendar: Someday 4\n": "Someday",
    }
    for resources, word in cases.items():
        site.put("  - file: /etc/other\n    content: x\n" + resources)
        done = site.run("apply", "--yes", *FILES, expect=None)
        assert done.code != 0 and word in done.out + done.err, f"{word}: {done}"
        assert not host.sh("ls /etc/other 2>/dev/null", check=False), word
    assert difference(before, host.snapshot()) == []


def test_who_would_shut_the_door_is_taken_back_and_only_what_must_restarts(host, site):
    before = host.snapshot()
    site.put("  - sshd_setting: 10-own\n    settings: {AllowUsers: [nobody]}\n")
    done = site.run("apply", "--yes", *FILES, expect=None)
    assert done.code != 0, done
    assert difference(before, host.snapshot()) == []
    assert "allowusers" not in host.sh("sshd -T")
    host.ssh("true")
    # A daemon is told, not started anew, where that is enough.
    site.put("  - docker_daemon: docker\n    labels: [a=b]\n")
    assert "containers run on" in site.run("plan", *FILES).out
    site.run("apply", "--yes", *FILES)
    assert host.read("/run/docker-log").split() == ["start", "reload"]
    # What starts it in the same run, before the keys are there, is not the last word.
    host.sh("systemctl stop docker; rm /run/docker-log")
    site.put("  - command: start\n    argv: [systemctl, start, docker]\n    creates: /run/docker-log\n    undo: [systemctl, stop, docker]\n"
             "  - docker_daemon: docker\n    log_driver: local\n    requires: [command start]\n")
    site.run("apply", "--yes", *FILES)
    assert host.read("/run/docker-log").split() == ["start", "start"]


# One whose images are files.
IMAGES = """\
mkdir /var/lib/images
cat >/usr/bin/docker <<'END'
#!/bin/sh
image=/var/lib/images/$(printf %s "$3" | tr /: __)
case "$1 $2" in
"pull --quiet") : >"$image" ;;
"image inspect") [ -e "$image" ] ;;
"image rm") rm "$image" ;;
esac
END
chmod +x /usr/bin/docker
rm /usr/local/bin/docker
printf '[Install]\\nWantedBy=multi-user.target\\n' >>/etc/systemd/system/docker.service
systemctl daemon-reload
"""


def test_docker_as_it_is_shipped(host, site):
    host.sh(IMAGES)
    shutil.copytree(ROOT / "manifests", site.folder / "manifests")
    before = host.snapshot()
    # A package that is there stands in for the daemon's.
    shipped = "  - use: manifests/runner-docker.yaml\n    with: {{user: plain, package: ufw{}}}\n"
    site.put(shipped.format(""))
    planned = site.run("plan", *FILES).out
    assert "fetch the image redis:7-alpine" in planned and "docker-prune" not in planned, planned
    site.run("apply", "--yes", *FILES)
    assert host.sh("ls /var/lib/images").split() == ["maven_3.9-eclipse-temurin-21", "postgres_15-alpine", "redis_7-alpine"]
    assert host.sh("stat -c '%a %U' /home/plain/.m2 /home/plain/.m2/settings.xml").split() == ["755", "plain", "644", "plain"]
    assert "<localRepository>/home/plain/.m2/repository<" in host.read("/home/plain/.m2/settings.xml")
    assert json.loads(host.read("/etc/docker/daemon.json"))["log-opts"] == {"max-file": "3", "max-size": "10m"}
    assert host.sh("systemctl is-enabled docker").strip() == "enabled" and "docker" not in host.sh("id -nG plain").split()
    assert "Nothing to change" in site.run("plan", *FILES).out
    # What takes away for good is asked for by name.
    site.put(shipped.format(", prune_on_calendar: 'Sun 03:00'"))
    site.run("apply", "--yes", *FILES)
    assert "system prune --all --force --volumes" in host.read("/etc/systemd/system/docker-prune.service").replace('"', "")
    for _ in range(2):
        site.run("rollback", "--last", "--allow-reopen", "-i", "hosts.yaml")
    assert difference(before, host.snapshot()) == []
