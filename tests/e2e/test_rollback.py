"""Invariant 3: apply, then rollback, and the host is as before."""

import pytest
from everything import PREPARE, as_yaml, resources
from lab import ROOT, difference


def test_a_hundred_resources_are_taken_back(host, project):
    host.add_repository(update=False)
    host.sh(PREPARE, timeout=300)
    project.inventory([host])
    # Removing accounts' access is one way by design; here every line can be taken back.
    project.manifest(as_yaml(resources()))
    before = host.snapshot()
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", timeout=600)
    assert difference(before, host.snapshot()) != []
    project.run("rollback", "--last", "-i", "hosts.yaml", timeout=600)
    assert difference(before, host.snapshot()) == []
    unused = ignored_paths() - host.lab.ignored
    assert unused == set(), f"lines of snapshot.ignore that leave nothing out: {unused}"


def ignored_paths():
    lines = (ROOT / "tests/support/snapshot.ignore").read_text().splitlines()
    return {line.split("#")[0].strip() for line in lines} - {""}


def test_a_failed_apply_leaves_the_host_as_it_was(host, project):
    host.write("/etc/first", "before\n")
    project.inventory([host])
    project.manifest("""\
  - file: /etc/first
    content: after
  - user: hf-new
  - command: fails
    argv: ["false"]
    creates: /nowhere
    requires: [file /etc/first, user hf-new]
  - file: /etc/last
    content: x
    requires: [command fails]
""")
    before = host.snapshot()
    done = project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", expect=7)
    assert "fails" in done.out + done.err
    assert difference(before, host.snapshot()) == []


def test_runs_are_listed_and_the_one_before_the_last_can_be_named(host, project):
    project.inventory([host])
    for name in ("one", "two"):
        project.manifest(f"  - file: /etc/{name}\n    content: x\n", path=f"{name}.yaml",
                         head=f"manifest: {name}\nhosts: lab\n")
        project.run("apply", "--yes", "-i", "hosts.yaml", f"{name}.yaml")
    runs = host.sh("ls /var/lib/holdfast/runs").split()
    assert len(runs) == 2
    listed = project.run("runs", "-i", "hosts.yaml").out
    assert all(run in listed for run in runs), listed
    first = min(runs, key=lambda run: host.sh(f"stat -c %w /var/lib/holdfast/runs/{run}"))
    project.run("rollback", first, "-i", "hosts.yaml")
    assert host.sh("ls /etc/one /etc/two 2>/dev/null", check=False) == "/etc/two\n"


def test_a_run_under_a_later_one_is_refused_unless_the_later_goes_too(host, project):
    project.inventory([host])
    for text in ("one", "two"):
        project.manifest(f"  - file: /etc/changed\n    content: {text}\n")
        project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    runs = host.sh("ls -tr /var/lib/holdfast/runs").split()
    project.run("rollback", runs[0], "-i", "hosts.yaml", expect=4)
    assert host.read("/etc/changed") == "two"
    project.run("rollback", runs[0], "--through", "-i", "hosts.yaml")
    assert host.sh("cat /etc/changed 2>/dev/null", check=False) == ""


def test_a_plain_shell_on_the_host_can_take_a_run_back(host, project):
    """The undo lies on the host and needs nothing of holdfast."""
    host.write("/etc/changed", "before\n")
    project.inventory([host])
    project.manifest("  - file: /etc/changed\n    content: after\n  - directory: /opt/new\n")
    before = host.snapshot()
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    run = host.sh("ls /var/lib/holdfast/runs").strip()
    host.sh(f"sh /var/lib/holdfast/runs/{run}/rollback.sh")
    assert difference(before, host.snapshot()) == []


def test_the_last_run_is_taken_back_only_where_it_was_and_only_once(hosts, project):
    first, second = hosts(2)
    project.inventory([first, second])
    project.manifest("  - file: /etc/one\n    content: x\n")
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    project.manifest("  - file: /etc/one\n    content: x\n  - file: /etc/two\n    content: x\n")
    project.run("apply", "--yes", "-i", "hosts.yaml", "--limit", first.name, "site.yaml")
    done = project.run("rollback", "--last", "-i", "hosts.yaml")
    run = done.out.split()[1]
    assert first.sh("ls /etc/one /etc/two 2>/dev/null", check=False) == "/etc/one\n"
    assert second.read("/etc/one") == "x"
    again = project.run("rollback", run, "-i", "hosts.yaml")
    assert "rolled back already" in again.out


def test_the_last_run_is_the_last_of_this_project_whatever_became_of_it(hosts, project):
    one, two = hosts(2)
    project.inventory([one, two])
    project.manifest("  - file: /srv/a\n    content: x\n", head=f"manifest: good\nhosts: {one.name}\n")
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    project.manifest("  - command: fails\n    argv: ['false']\n    creates: /nowhere\n", head=f"manifest: bad\nhosts: {one.name}\n")
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", expect=7)
    assert "nothing to do" in project.run("rollback", "--last", "-i", "hosts.yaml").out
    assert one.read("/srv/a") == "x"
    (project.folder / "holdfast.yaml").write_text("project: another\n")
    refused = project.run("rollback", "--last", "-i", "hosts.yaml", expect=1)
    assert "no host remembers a run of this project" in refused.err
    (project.folder / "holdfast.yaml").unlink()
    two.cut()
    refused = project.run("rollback", "--last", "-i", "hosts.yaml", "--connect-timeout", "2", expect=3)
    assert f"{two.name} doesn't answer" in refused.err
    two.heal()


def test_a_unit_that_was_started_too_often_is_started_again(host, project):
    """systemd refuses a unit that failed at each of its StartLimitBurst= starts: with its old settings it must start."""
    project.inventory([host])
    text = """\
  - file: /etc/hf-often
    content: "%s\\n"
  - systemd_unit: hf-often.service
    content: |
      [Unit]
      StartLimitIntervalSec=1h
      StartLimitBurst=3
      [Service]
      ExecStartPre=grep -q good /etc/hf-often
      ExecStart=sleep infinity
      Restart=on-failure
      RestartSec=10ms
    state: running
    restart_on: [file /etc/hf-often]
"""
    project.manifest(text % "good")
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    project.manifest(text % "bad")
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", expect=7)
    assert host.sh("systemctl is-active hf-often.service").strip() == "active"
    assert host.read("/etc/hf-often") == "good\n"


def goes_there_and_back(host, project):
    before = host.snapshot()
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    project.run("rollback", "--last", "-i", "hosts.yaml")
    assert difference(before, host.snapshot()) == []


def test_a_firewall_that_lets_nothing_out_goes_with_what_let_the_run_through(host, project):
    project.inventory([host])
    project.manifest("  - firewall_rule: ssh\n    allow: {port: 22, proto: tcp}\n"
                     "  - firewall: ufw\n    enabled: true\n    outgoing: deny\n")
    goes_there_and_back(host, project)


@pytest.mark.parametrize("prepare", [":", "ufw allow 8080/tcp"], ids=["bare", "table"])
def test_a_firewall_that_leaves_ipv6_alone_opens_it_again(host, project, prepare):
    host.sh(prepare)
    project.inventory([host])
    project.manifest("  - firewall_rule: ssh\n    allow: {port: 22, proto: tcp}\n"
                     "  - firewall: ufw\n    enabled: true\n    ipv6: false\n")
    goes_there_and_back(host, project)


def test_a_kernel_setting_that_somebody_set_since_is_left_alone(host, project):
    project.inventory([host])
    project.manifest("  - sysctl: net.ipv4.conf.lo.log_martians\n    value: 1\n")
    host.sh("sysctl -qw net.ipv4.conf.lo.log_martians=0")
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    host.sh("sysctl -qw net.ipv4.conf.lo.log_martians=2")
    done = project.run("rollback", "--last", "-i", "hosts.yaml", expect=6)
    assert "net.ipv4.conf.lo.log_martians was set to '2' by somebody else since; left as it is" in done.out + done.err
    assert host.sh("sysctl -n net.ipv4.conf.lo.log_martians").strip() == "2"


def test_forwarding_takes_the_settings_of_interfaces_back_with_it(host, project):
    host.sh("sysctl -qw net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.lo.forwarding=1")
    project.inventory([host])
    project.manifest("  - sysctl: net.ipv4.ip_forward\n    value: 1\n")
    goes_there_and_back(host, project)


def test_what_is_mounted_below_a_folder_is_safe(host, project):
    host.sh("mkdir -p '/srv/a b/in' /srv/source; echo data >/srv/source/precious; mount --bind /srv/source '/srv/a b/in'")
    project.inventory([host])
    project.manifest("  - directory: /srv/a b\n    ensure: absent\n")
    refused = project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", expect=7)
    assert "something is mounted at /srv/a b/in" in refused.out + refused.err
    assert host.read("/srv/source/precious") == "data\n" and host.read("/srv/a b/in/precious") == "data\n"
    host.sh("umount '/srv/a b/in'")


def test_a_host_without_room_for_the_way_back_is_back_at_once(host, project):
    host.sh("mkdir -p -m 700 /var/lib/holdfast; mount -t tmpfs -o size=300k,mode=700 tmpfs /var/lib/holdfast;"
            "head -c 700000 /dev/urandom >/srv/big; until systemctl -q is-active var-lib-holdfast.mount; do sleep 0.1; done")
    project.inventory([host])
    project.manifest("  - file: /srv/small\n    content: x\n  - file: /srv/big\n    content: y\n    requires: [file /srv/small]\n")
    before = host.snapshot()
    done = project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", expect=7)
    assert "no room for the backup" in done.out + done.err and "connection is lost" not in done.out + done.err
    assert difference(before, host.snapshot()) == []
    host.sh("umount /var/lib/holdfast")


def test_a_folder_behind_somebodys_link_is_unknown_and_leaves_nothing_half_done(host, project):
    host.sh("ln -s /etc /home/plain/link; chown -h plain: /home/plain/link")
    project.inventory([host])
    project.manifest("  - file: /home/plain/link/x\n    content: x\n")
    told = project.run("plan", "-i", "hosts.yaml", "site.yaml")
    assert "behind a link that another account owns" in told.out


def test_a_record_that_others_may_change_is_not_trusted(host, project):
    host.sh("mkdir -p /var/lib/holdfast; chown plain: /var/lib/holdfast; chmod 777 /var/lib/holdfast")
    project.inventory([host])
    project.manifest("  - file: /srv/a\n    content: x\n")
    refused = project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", expect=None)
    assert refused.code != 0 and "isn't root's alone" in refused.out + refused.err
    assert not host.sh("ls /srv/a 2>/dev/null", check=False)


def test_what_a_stopped_run_never_did_stays_though_the_host_was_booted_since(host, project):
    """Whoever made it meanwhile made it as the run would have."""
    project.inventory([host])
    project.manifest("""\
  - file: /srv/first
    content: x
  - command: fails
    argv: ["false"]
    creates: /nowhere
    requires: [file /srv/first]
  - file: /srv/never
    content: x
    requires: [command fails]
""", head="manifest: site\nhosts: lab\non_failure: stop\n")
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", expect=6)
    assert host.sh("ls /srv") == "first\n"
    host.kill()
    host.boot()
    host.write("/srv/never", "x")
    project.run("rollback", "--last", "-i", "hosts.yaml")
    assert host.sh("ls /srv") == "never\n"


def test_capabilities_outlive_another_owner_and_its_rollback(host, project):
    host.write("/srv/able", "#!/bin/sh\n", mode="0755")
    host.sh("chown plain /srv/able; python3 -c \"import os; os.setxattr('/srv/able', 'security.capability', "
            "bytes.fromhex('0100000200200000000000000000000000000000'))\"")
    able = "python3 -c \"import os; print(os.getxattr('/srv/able', 'security.capability').hex())\""
    had = host.sh(able)
    project.inventory([host])
    project.manifest("  - file: /srv/able\n    owner: root\n")
    before = host.snapshot()
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    assert host.sh("stat -c %U /srv/able") == "root\n" and host.sh(able) == had
    project.run("rollback", "--last", "-i", "hosts.yaml")
    assert difference(before, host.snapshot()) == []


def test_a_program_that_a_run_left_behind_is_named(host, project):
    project.inventory([host])
    project.manifest("  - command: leaves\n    shell: \"sleep 251 >/dev/null 2>&1 & touch /srv/started\"\n    creates: /srv/started\n")
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    project.manifest("  - file: /srv/more\n    content: x\n", path="more.yaml", head="manifest: more\nhosts: lab\n")
    for command in (["apply", "--yes", "more.yaml"], ["rollback", "--last"]):
        held = project.run(*command, "-i", "hosts.yaml", expect=5)
        assert "is held by sleep (process " in held.out + held.err, held.out + held.err
    host.sh("pkill -f '[s]leep 251'")
    project.run("rollback", "--last", "-i", "hosts.yaml")


def test_what_a_home_holds_gets_its_owners_back(host, project):
    """usermod takes along what is in a home; not all of it would come back with the old numbers."""
    host.sh("useradd -m bob; cd /home/bob; touch shared; chown bob:adm shared; cp /bin/true suid; chown bob:bob suid; chmod 4755 suid; "
            "mkdir 'a folder'; chown 3000:adm 'a folder'; ln -s /etc/passwd link; chown -h bob:adm link")
    project.inventory([host])
    before = host.snapshot()
    project.manifest("  - user: bob\n    group: adm\n    uid: 3000\n    shell: /bin/bash\n")
    plan = project.run("plan", "-i", "hosts.yaml", "site.yaml").out
    assert "changes the owner of all that is in its home" in plan
    assert "changes the group of all in its home that has the old one" in plan
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    assert host.sh("stat -c '%u %G' /home/bob/.profile") == "3000 adm\n"
    project.run("rollback", "--last", "-i", "hosts.yaml")
    assert difference(before, host.snapshot()) == []


def test_what_a_killed_account_tool_left_goes_with_the_way_back(host, project):
    project.inventory([host])
    project.manifest("""\
  - user: bob
  - command: is killed half-way
    shell: >-
      cd /etc; printf '4194303\\0' >passwd.lock; printf 4194303 >shadow.4194303; : >group.4194302; : >gshadow+;
      echo x >passwd.4194303+; printf $$ >subuid.lock; : >subuid+; printf mine >passwd.20240101; exit 1
    undo: [rm, -f, /etc/subuid.lock, /etc/subuid+]
    creates: /nowhere
    requires: [user bob]
""")
    before = host.snapshot()
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", expect=7)
    assert host.read("/etc/passwd.20240101") == "mine", "it only looks like a lock"
    host.sh("rm /etc/passwd.20240101")
    assert difference(before, host.snapshot()) == []


@pytest.mark.parametrize("lose", [": >extended_states", "truncate -s 1001 extended_states", "dd if=/dev/zero of=extended_states bs=512 count=1 conv=notrunc"])
def test_what_a_killed_dpkg_and_a_power_cut_left_goes_with_the_way_back(host, project, lose):
    host.add_repository()
    host.sh("apt-get -q -y install hf-hello=1.0 hf-config=1.0 hf-tool", timeout=120)
    project.inventory([host])
    project.manifest("  - package: hf-hello\n    version: \"1.1\"\n  - package: hf-config\n    version: \"1.1\"\n  - package: hf-daemon\n")
    before = host.snapshot()
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    host.sh(f"cd /var/lib/apt; {lose}" + """
: >/etc/hf-config.conf; touch /etc/hf-config.conf.dpkg-new /usr/bin/hf-hello.dpkg-tmp
sed -i '/^Package: hf-daemon$/,/^$/s/^Status: .*/Status: install reinstreq half-installed/' /var/lib/dpkg/status
rm /var/lib/dpkg/info/hf-daemon.* /etc/systemd/system/multi-user.target.wants/hf-daemon.service; systemctl stop hf-daemon
cp /var/lib/dpkg/status /var/lib/dpkg/updates/0000; sed -i '/^$/,$d' /var/lib/dpkg/updates/0000
""")
    project.run("rollback", "--last", "-i", "hosts.yaml")
    assert difference(before, host.snapshot()) == []
