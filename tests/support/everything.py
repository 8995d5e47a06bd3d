"""A manifest of a hundred resources of all kinds, and a host on which many of them find something in their way."""

import base64
import json

SERVICE = """[Unit]
Description=Service {n} of the tests

[Service]
User=hf-user-1
ExecStart=/bin/sleep infinity

[Install]
WantedBy=multi-user.target
"""


def public_key(n):
    """A well-formed key that nobody has the other half of."""
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes([n + 1] * 32)
    return f"ssh-ed25519 {base64.b64encode(blob).decode()} test-{n}"


def resources(unit=""):
    """One dictionary a resource, its kind first. `unit` keeps two of these apart on one host."""
    root = f"/opt/everything{unit}"
    r = [{"group": f"hf-group-{n}", "gid": 2000 + n} for n in range(4)]
    r += [{"user": "hf-user-0", "group": "hf-group-0", "shell": "/bin/bash", "groups": ["hf-group-1"]},
          {"user": "hf-user-1", "system": True, "group": "hf-group-1", "shell": "/usr/sbin/nologin"},
          {"user": "hf-user-2", "uid": 2002, "comment": "Third, of the tests", "create_home": False},
          {"user": "plain", "groups": ["hf-group-3"]}]
    r += [{"directory": root}, {"directory": f"{root}/purged", "purge": True}]
    r += [{"directory": f"{root}/{n}", "owner": "hf-user-0", "group": "hf-group-0", "mode": "0750"} for n in range(8)]
    r += [{"file": f"{root}/{n % 8}/file-{n:02}", "content": f"file {n}\nhost {{{{ inventory_hostname }}}}\n",
           "mode": ["0644", "0600", "0755"][n % 3]} for n in range(40)]
    r += [{"file": "/etc/everything-replaced", "content": "new\n"},
          {"file": "/etc/everything-link", "content": "no link any more\n"},
          {"file": "/etc/everything-gone", "ensure": "absent"},
          {"file": "/etc/everything-mode", "mode": "0600", "owner": "plain"},
          {"file": f"{root}/purged/kept", "content": "kept\n"}]
    r += [{"symlink": f"{root}/link-{n}", "target": f"{root}/{n}/file-{n:02}"} for n in range(6)]
    r += [{"authorized_key": f"key {n}", "user": user, "key": public_key(n)}
          for n, user in enumerate(["root", "hf-user-0", "plain"])]
    r += [{"package": "hf-hello", "version": "1.1", "hold": True}, {"package": "hf-tool"}, {"package": "hf-daemon"},
          {"package": "curl"}]
    r += [{"systemd_unit": f"everything-{n}.service", "content": SERVICE.format(n=n), "enabled": True, "state": "running",
           "restart_on": [f"file {root}/{n}/file-{n:02}"]} for n in range(3)]
    r += [{"systemd_unit": "everything-clean.service",
           "content": "[Unit]\nDescription=Clean-up of the tests\n\n[Service]\nType=oneshot\nExecStart=/bin/true\n"},
          {"systemd_unit": "everything-clean.timer", "enabled": True, "state": "running",
           "content": "[Timer]\nOnCalendar=*-*-* 04:00:00\n\n[Install]\nWantedBy=timers.target\n"},
          {"systemd_unit": "ssh.service", "drop_ins": {"50-everything.conf": "[Service]\nLimitNOFILE=4096\n"}}]
    r += [{"firewall": "ufw", "enabled": True, "incoming": "deny"}]
    r += [{"firewall_rule": f"rule {port}", "allow": {"port": f"{port}/tcp"}} for port in (22, 80, 9101)]
    r += [{"firewall_rule": "from one", "allow": {"port": "9102/tcp", "from": "192.0.2.7"}},
          {"firewall_rule": "refused", "deny": {"port": "111/udp"}}]
    r += [{"sysctl": name, "value": value} for name, value in (
        ("net.ipv4.ip_forward", 1), ("net.ipv4.conf.all.accept_redirects", 0), ("net.ipv4.conf.all.log_martians", 1),
        ("net.ipv4.tcp_rmem", "4096 131072 6291456"))]
    r += [{"command": f"stamp {n}", "argv": ["touch", f"{root}/stamp-{n}"], "creates": f"{root}/stamp-{n}",
           "undo": ["rm", "-f", f"{root}/stamp-{n}"], "requires": [f"directory {root}"]} for n in range(2)]
    r += [{"nftables": f"inet everything{unit}", "content": "chain input {\n  type filter hook input priority filter + 5; policy accept;\n"
           "  tcp dport { 4000-4010, telnet } counter drop\n}\n"}]
    r += [{"check": "ssh listens", "tcp": {"port": 22}},
          {"check": "sshd is content", "command": {"argv": ["sshd", "-t"]}},
          {"check": "a service runs", "unit": {"name": "everything-0.service"}, "requires": ["systemd_unit everything-0.service"]},
          {"check": "the tool works", "command": {"argv": ["hf-tool"]}, "requires": ["package hf-tool"]},
          {"check": "the stamp is there", "command": {"argv": ["test", "-e", f"{root}/stamp-0"]}, "requires": ["command stamp 0"]}]
    assert len(r) == 100, len(r)
    return r


def as_yaml(items):
    """JSON is YAML; a resource a line."""
    return "".join(f"  - {json.dumps(item)}\n" for item in items)


PREPARE = r"""
set -e
apt-get -q update; DEBIAN_FRONTEND=noninteractive apt-get -q -y install hf-hello=1.0
echo old >/etc/everything-replaced; chmod 640 /etc/everything-replaced; chown deploy:adm /etc/everything-replaced
setfacl -m u:plain:r /etc/everything-replaced; setfattr -n user.note -v kept /etc/everything-replaced
ln -s /etc/hostname /etc/everything-link
echo going >/etc/everything-gone; chmod 600 /etc/everything-gone
echo stays >/etc/everything-mode
mkdir -p /opt/everything/purged/stray /opt/everything/3
echo stray >/opt/everything/purged/stray/file; touch '/opt/everything/purged/a name with spaces'
echo old >/opt/everything/3/file-03
ln -s elsewhere /opt/everything/link-1
usermod -aG adm plain
ufw allow 80/tcp comment 'was here'; ufw deny 9101/tcp
sysctl -qw net.ipv4.conf.all.log_martians=0
""".strip()
