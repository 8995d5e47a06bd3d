"""What can't be taken back is said before anyone agrees, and refused where that is asked."""

import pytest
from lab import difference

FILES = ("-i", "hosts.yaml", "site.yaml")

# A version that no mirror ever had.
OLD = r"""
set -e
mkdir -p /root/old/DEBIAN /root/old/usr/bin
printf 'Package: hf-hello\nVersion: 1:0.9\nArchitecture: all\nMaintainer: x <x@example.invalid>\nDescription: old\n' >/root/old/DEBIAN/control
printf '#!/bin/sh\necho old\n' >/root/old/usr/bin/hf-hello; chmod 755 /root/old/usr/bin/hf-hello
dpkg-deb --build --root-owner-group -Znone /root/old /root/old.deb >/dev/null
dpkg -i /root/old.deb
"""
LOST = "no package list has its version 1:0.9 any more, nor has apt's cache"
NEWER = "  - package: hf-hello\n    version: \"1.1\"\n    allow_downgrade: true\n"
GONE = "  - package: hf-hello\n    ensure: absent\n"


def lost(host, project, manifest):
    project.manifest(manifest)
    plan = project.run("plan", *FILES).out
    return f"cannot be taken back: {LOST}" in plan


def version(host):
    return host.sh("dpkg-query -W -f '${Version}' hf-hello", check=False)


@pytest.mark.parametrize("change", [NEWER, GONE], ids=["upgrade", "removal"])
def test_a_package_whose_old_version_no_mirror_has(host, project, change):
    host.add_repository()
    host.sh(OLD)
    project.inventory([host])
    before = host.snapshot(moves=True)
    assert lost(host, project, change)
    assert difference(before, host.snapshot(moves=True)) == [], "a plan writes nothing"
    assert "1 that no rollback takes back" in project.run("plan", *FILES).out
    refused = project.run("apply", "--yes", "--require-reversible", *FILES, expect=4)
    assert LOST in refused.err and version(host) == "1:0.9"
    project.run("plan", "--require-reversible", "--out", "plan.hf", *FILES, expect=4)
    assert not (project.folder / "plan.hf").exists(), "a plan that was refused is not saved"


def test_a_package_that_a_mirror_or_the_cache_has(host, project):
    host.add_repository()
    host.sh(OLD)
    project.inventory([host])
    # Apt's own cache: under the name that apt gives it.
    host.sh("cp /root/old.deb /var/cache/apt/archives/hf-hello_1%3a0.9_all.deb")
    before = host.snapshot()
    for change in (NEWER, GONE):
        assert not lost(host, project, change)
        project.run("apply", "--yes", "--require-reversible", *FILES)
        assert version(host) in ("1.1", "")
        project.run("rollback", "--last", "-i", "hosts.yaml")
        assert version(host) == "1:0.9" and host.sh("hf-hello") == "old\n"
        assert difference(before, host.snapshot()) == []
    host.sh("rm /var/cache/apt/archives/*.deb; apt-get -q -y --allow-downgrades install hf-hello=1.0; apt-get clean")
    assert not lost(host, project, NEWER)
    project.run("apply", "--yes", "--require-reversible", *FILES)
    project.run("rollback", "--last", "-i", "hosts.yaml")
    assert version(host) == "1.0"


def test_a_converged_package_asks_apt_nothing(host, project):
    host.add_repository()
    host.sh("apt-get -q -y install hf-hello=1.1; apt-get clean; printf '#!/bin/sh\\ntouch /root/asked\\n' >/usr/local/bin/apt-cache; "
            "chmod 755 /usr/local/bin/apt-cache")
    project.inventory([host])
    project.manifest(NEWER + "  - package: hf-tool\n    ensure: absent\n")
    project.run("plan", "--detailed-exitcode", *FILES)
    assert host.sh("ls /root/asked 2>/dev/null", check=False) == ""
    project.manifest(NEWER.replace("1.1", "1.0"))
    assert LOST.replace("1:0.9", "1.1") in project.run("plan", *FILES).out
    assert host.sh("ls /root/asked").strip() == "/root/asked"


def test_a_command_without_an_undo(host, project):
    project.inventory([host])
    project.manifest("  - command: makes a mess\n    argv: [touch, /etc/mess]\n    creates: /etc/mess\n")
    plan = project.run("plan", *FILES).out
    assert "cannot be taken back: the manifest gives no undo for it" in plan, plan
    refused = project.run("apply", "--yes", "--require-reversible", *FILES, expect=4)
    assert "command makes a mess" in refused.err and host.sh("ls /etc/mess", check=False) == ""
    project.manifest("  - command: makes a mess\n    argv: [touch, /etc/mess]\n    creates: /etc/mess\n    undo: [rm, /etc/mess]\n")
    assert "cannot be taken back" not in project.run("plan", *FILES).out
    project.run("apply", "--yes", "--require-reversible", *FILES)


def test_an_account_that_goes_loses_its_processes_and_keeps_its_home_for_the_way_back(host, project):
    host.sh("""
set -e
useradd -m -s /bin/bash -G adm leaver; cd /home/leaver
echo private >.secret; chmod 600 .secret; echo setuid >tool; mkdir -m 2770 shared; ln -s tool link; echo deep >'shared/a b'
chown -R leaver: /home/leaver; chown root:adm tool; chmod 4750 tool
setfattr -n user.note -v kept tool; setfacl -m u:plain:rx shared; touch -d 2001-02-03 shared
""")
    before = host.snapshot()
    host.sh("setsid runuser -u leaver -- sleep 615 >/dev/null 2>&1 </dev/null &")
    project.inventory([host])
    project.manifest("  - user: leaver\n    ensure: absent\n    remove_home: true\n")
    plan = project.run("plan", *FILES).out
    assert "cannot be taken back: what runs as leaver is ended" in plan, plan
    assert "its home" in plan and "retention" in plan, plan
    assert "leaver" in project.run("apply", "--yes", "--require-reversible", *FILES, expect=4).err
    project.run("apply", "--yes", *FILES)
    assert host.sh("pgrep -f 'sleep 61[5]'; id leaver; ls -d /home/leaver", check=False) == ""
    refused = project.run("rollback", "--last", "-i", "hosts.yaml", expect=4)
    assert "leaver" in refused.out and "--allow-reopen" in refused.out
    project.run("rollback", "--last", "--allow-reopen", "-i", "hosts.yaml")
    assert difference(before, host.snapshot()) == []
