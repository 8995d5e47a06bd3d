"""What is applied while it is disturbed: for each kind of resource something to create, to update and to remove."""

import json

import yaml

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{}" + "J4Z" * 14

# kind -> (a script that makes the host what it is before, resources)
KINDS = {
    "file": ("""
mkdir -p /etc/sample/full /etc/sample/gone.d; echo keep >/etc/sample/full/keep
echo old >/etc/sample/old; chown deploy:deploy /etc/sample/old; setfacl -m u:plain:r /etc/sample/old; setfattr -n user.note -v kept /etc/sample/old
echo gone >/etc/sample/gone; ln -s /etc/sample/old /etc/sample/link; mkdir -m 777 /srv/shared; echo theirs >/srv/shared/theirs
""", """\
  - directory: /etc/sample
    mode: 0750
  - directory: /etc/sample/new
    owner: deploy
    mode: 0700
  - file: /etc/sample/old
    content: changed
    mode: 0600
  - file: /etc/sample/new/file
    content: "{{ 'x' * 300 }}"
    owner: deploy
  - file: /srv/shared/ours
    content: in a folder that everybody may write
  - file: /etc/sample/gone
    ensure: absent
  - directory: /etc/sample/gone.d
    ensure: absent
  - symlink: /etc/sample/link
    target: /etc/sample/new/file
  - symlink: /etc/sample/other
    target: link
"""),
    "account": (f"""
groupadd oldgroup; useradd -m -G oldgroup olduser
mkdir -p -m 700 /home/olduser/.ssh; echo '{KEY.format("B")} old' >/home/olduser/.ssh/authorized_keys
chown -R olduser: /home/olduser/.ssh; chmod 600 /home/olduser/.ssh/authorized_keys
""", f"""\
  - group: newgroup
  - user: newuser
    groups: [newgroup]
    comment: somebody new
    shell: /usr/sbin/nologin
    system: true
  - user: olduser
    comment: changed
    groups: [newgroup]
  - authorized_key: another
    user: olduser
    key: {KEY.format("C")}
"""),
    "unit": ("""
printf '[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/oldunit.service
cp /etc/systemd/system/oldunit.service /etc/systemd/system/other.service
systemctl daemon-reload; systemctl enable --now oldunit.service other.service
""", """\
  - systemd_unit: newunit.service
    content: |
      [Service]
      ExecStart=/bin/sleep infinity
      [Install]
      WantedBy=multi-user.target
    enabled: true
    state: running
    settle: 0s
  - systemd_unit: oldunit.service
    state: stopped
    enabled: false
  - systemd_unit: other.service
    content: |
      [Service]
      ExecStart=/bin/sleep 1000000
      [Install]
      WantedBy=multi-user.target
    state: running
    settle: 0s
"""),
    "ufw": ("""
ufw allow 8080/tcp; ufw deny from 192.0.2.1
""", """\
  - firewall: ufw
    enabled: true
  - firewall_rule: ssh
    allow: {port: 22/tcp}
  - firewall_rule: web
    allow: {port: 443/tcp, from: 198.51.100.0/24}
"""),
    "nftables": ("""
printf 'table inet theirs {\\n  chain c {\\n    type filter hook input priority 10; policy accept;\\n    tcp dport 9999 drop\\n  }\\n}\\n' >/etc/nftables.conf
systemctl enable --now nftables.service
""", """\
  - nftables: inet guard
    content: |
      set refused { type inet_service; elements = { 8080, 9100 } }
      chain input {
        type filter hook input priority filter; policy accept;
        ct state established,related accept
        tcp dport @refused drop
      }
  - nftables: ip forwarded
    content: |
      chain forward {
        type filter hook forward priority filter; policy accept;
        ip daddr 169.254.169.254 drop
      }
"""),
    "command": ("""
echo 'net.ipv4.conf.lo.log_martians = 0' >/etc/sysctl.d/50-old.conf
""", """\
  - sysctl: net.ipv4.conf.lo.log_martians
    value: 1
  - command: a change that nobody sees
    argv: [touch, /etc/touched]
    creates: /etc/touched
    undo: [rm, -f, /etc/touched]
  - command: a longer one
    argv: [sh, -c, "mkdir /etc/made; for i in 1 2 3; do echo $i >/etc/made/$i; done"]
    creates: /etc/made/3
    undo: [rm, -rf, /etc/made]
    requires: [command a change that nobody sees]
"""),
    "package": ("""
apt-get -q update; apt-get -q -y install hf-hello=1.0 hf-config=1.0 hf-tool
""", """\
  - package: hf-hello
    version: "1.1"
  - package: hf-daemon
    version: "1.0"
  - package: hf-config
    version: "1.1"
"""),
}
_PARTS = [KINDS[name] for name in ("file", "account", "unit", "ufw", "command")]
KINDS["mixed"] = ("".join(part[0] for part in _PARTS), "".join(part[1] for part in _PARTS))


def with_last(resources, lines):
    """With a command that comes after all of them."""
    addresses = [" ".join(next(iter(resource.items()))) for resource in yaml.safe_load(resources)]
    return resources + lines + f"    requires: {json.dumps(addresses)}\n"


# Works until it is ended.
HELD = """\
  - command: works for long
    argv: [sh, -c, "touch /run/faults-held; exec sleep 600"]
    always: true
    undo: [rm, -f, /run/faults-held]
"""
FAILS = """\
  - command: fails
    argv: [/bin/false]
    always: true
    undo: ["true"]
"""
