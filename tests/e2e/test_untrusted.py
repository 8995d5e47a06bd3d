"""A manifest by a stranger, planned with --untrusted under strace on both sides: nothing runs, nothing outside the project is
opened, no private byte gets out. The same by an account that `prepare` made, which may plan and nothing else."""

import json
import re

from everything import as_yaml
from lab import difference, run

PRIVATE = "PRIVATEBYTES" * 4
TRICKS = "\x1b]0;owned\x07\x1b[2J‮::error::forged\n::set-output name=x::y\r"


def hostile():
    return as_yaml([
        {"file": "/opt/actions-runner/.credentials", "content": "guess"},
        {"file": "/etc/shadow", "content": "guess"},
        {"file": "/srv/fifo", "content": "x"},
        {"file": "/srv/link-to-shadow", "content": "x"},
        {"file": "/srv/tricks", "content": TRICKS},
        {"directory": "/srv/" + TRICKS.replace("\n", " ").replace("\r", " ")},
        {"command": "guarded", "argv": ["touch", "/srv/ran"], "unless": ["touch", "/srv/guard-ran"]},
        {"command": "guarded too", "argv": ["touch", "/srv/ran"], "only_if": ["sh", "-c", "touch /srv/guard-ran"]},
    ]) + """\
  - file: /srv/from-env
    content: !env HOLDFAST_TEST_SECRET
  - file: /srv/from-command
    content: !command [touch, ran-on-the-controller]
  - file: /srv/from-file
    content: !file /etc/hostname
"""


def prepare_host(host):
    host.sh(f"mkdir -p /opt/actions-runner && printf %s {PRIVATE} >/opt/actions-runner/.credentials && chmod 600 /opt/actions-runner/.credentials;"
            "mkfifo /srv/fifo; ln -s /etc/shadow /srv/link-to-shadow")


def check_output(host, done):
    text = done.out + done.err
    hashes = [line.split(":")[1] for line in host.read("/etc/shadow").splitlines() if "$" in line]
    assert PRIVATE not in text and not any(h in text for h in hashes)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text.replace("\x1b[", "")), repr(text)
    assert not re.search(r"^\s*::", text, re.M), "a line that a CI would obey"


def test_nothing_of_a_strangers_manifest_runs(host, project):
    prepare_host(host)
    project.inventory([host])
    project.manifest(hostile())
    before = host.snapshot(moves=True, journal=True)
    trace = project.folder / "trace"
    done = run(["strace", "-f", "-y", "-e", "trace=execve,open,openat,openat2,creat", "-o", trace, project.program, "plan",
                "--untrusted", "-i", "hosts.yaml", "site.yaml"], env=project.env, cwd=project.folder)
    assert done.code in (0, 1, 2, 4), str(done)
    check_output(host, done)
    assert project.canary not in done.out + done.err
    assert difference(before, host.snapshot(moves=True, journal=True)) == []
    assert not (project.folder / "ran-on-the-controller").exists()
    calls = trace.read_text(errors="replace")
    programs = re.findall(r'execve\("([^"]+)"', calls)
    assert programs == [str(project.program)], programs
    assert '"/etc/hostname"' not in calls
    # Neither where the host was asked for facts before.
    project.manifest(hostile() + "  - file: /srv/of-{{ facts.hostname }}\n    content: x\n")
    done = project.run("plan", "--untrusted", "-i", "hosts.yaml", "site.yaml", expect=None)
    assert "needs trust" in done.out and host.sh("ls /srv/guard-ran 2>/dev/null || true") == "", str(done)
    project.manifest(hostile())
    # A plain plan of the same manifest must ask for trust, or refuse, and run nothing either.
    project.run("plan", "-i", "hosts.yaml", "site.yaml", expect=None)
    assert not (project.folder / "ran-on-the-controller").exists()


def test_paths_out_of_the_project_are_refused(project, host):
    outside = project.folder.parent / "outside.txt"
    outside.write_text(PRIVATE)
    project.inventory([host])
    (project.folder / "link.txt").symlink_to(outside)
    for source in ("../outside.txt", str(outside), "link.txt", "/proc/self/environ"):
        project.manifest(as_yaml([{"file": "/srv/x", "source": source}]))
        done = project.run("plan", "--untrusted", "-i", "hosts.yaml", "site.yaml", expect=1)
        assert PRIVATE not in done.out + done.err
        assert "site.yaml:" in done.err, str(done)


def test_an_account_that_may_only_plan(host, project):
    prepare_host(host)
    project.inventory([host])
    project.run("prepare", "-i", "hosts.yaml", "all")
    rule = host.sh("cat /etc/sudoers.d/*holdfast*")
    account = re.search(r"^([a-z_][\w-]*)\s+ALL", rule, re.M).group(1)
    key = host.read("/root/.ssh/authorized_keys")
    home = host.sh(f"getent passwd {account} | cut -d: -f6").strip()
    host.sh(f"test -s {home}/.ssh/authorized_keys || {{ install -d -o {account} -m 700 {home}/.ssh; "
            f"echo '{key.strip()}' >{home}/.ssh/authorized_keys; chown {account} {home}/.ssh/authorized_keys; }}")
    project.inventory([host], user=account)
    project.manifest(hostile())
    before = host.snapshot(moves=True, journal=True)
    done = project.run("plan", "--untrusted", "--detailed-exitcode", "-i", "hosts.yaml", "site.yaml", expect=None)
    assert done.code in (1, 2, 4), str(done)
    check_output(host, done)
    project.manifest("  - file: /srv/x\n    content: x\n")
    assert project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", expect=None).code not in (0, 2)
    assert difference(before, host.snapshot(moves=True, journal=True)) == []
    assert json.dumps(host.ssh("sudo -n id", user=account, check=False).out) == '""'
    # What anybody on the host may read it sees as root does.
    host.write("/srv/public", "old text\n")
    host.write("/srv/hidden", PRIVATE, mode="0600")
    project.manifest("  - file: /srv/public\n    content: new text\n  - file: /srv/hidden\n    content: x\n")
    told = project.run("plan", "-i", "hosts.yaml", "site.yaml").out
    assert "old text" in told and PRIVATE not in told and "can't be read" not in told, told


def test_a_strangers_inventory_runs_and_reads_nothing_here_either(host, project):
    project.inventory([host])
    project.manifest("  - file: /srv/a\n    content: x\n")
    outside = project.folder.parent / "outside.yml"
    outside.write_text(f"key: {PRIVATE}\n")
    variables = project.folder / "host_vars" / f"{host.name}.yml"
    variables.parent.mkdir()
    variables.symlink_to(outside)
    (project.folder / "holdfast.yaml").write_text(
        "project: p\nenvironments: {only: {inventory: hosts.yaml, manifests: [site.yaml]}}\ndefault: only\n")
    refused = project.run("plan", "--untrusted", expect=1)
    assert "leads out of the project" in refused.err and PRIVATE not in refused.out + refused.err
    variables.unlink()
    variables.write_text("ansible_ssh_common_args: -o ProxyCommand='touch ran-on-the-way; false'\n")
    for flags in (["--untrusted"], []):
        refused = project.run("plan", *flags, expect=1)
        assert "would run on this machine" in refused.err
    assert "on the way to hosts: touch ran-on-the-way" in project.run("trust", "--yes").out
    assert not (project.folder / "ran-on-the-way").exists()
    variables.write_text("ansible_connection: local\n")
    assert "this machine itself" in project.run("plan", "--untrusted", expect=1).err


def test_a_log_holds_no_bare_digest_of_a_private_file(host, project):
    host.write("/srv/private", "guess me", mode="0600")
    project.inventory([host])
    project.manifest("  - file: /srv/private\n    content: x\n")
    bare = host.sh("sha256sum /srv/private").split()[0]
    for form in ([], ["--json"], ["--format", "markdown"]):
        told = project.run("plan", *form, "-i", "hosts.yaml", "site.yaml")
        assert bare[:8] not in told.out + told.err and "hmac:" in told.out
    refused = project.run("plan", "--show-private", "-i", "hosts.yaml", "site.yaml", expect=64)
    assert "at a terminal only" in refused.err


def test_only_a_public_key_is_prepared(host, project):
    project.inventory([host])
    for text in ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn\n", "not a key\n", ""):
        project.write("key", text)
        assert "holds no public key" in project.run("prepare", host.name, "--key", "key", "-i", "hosts.yaml", expect=64).err
    assert not host.sh("ls -d /var/lib/holdfast-plan 2>/dev/null", check=False)
