"""Random changes that may or may not lock everybody out, class by class. Each is said twice: as a manifest, and as what a
person would type instead, which owes nothing to holdfast."""

import shlex
import subprocess
import tempfile
from pathlib import Path

DROP_IN = "/etc/ssh/sshd_config.d/00-drawn.conf"
KEYS = "/home/deploy/.ssh/authorized_keys"
OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEb8CyMxF+rH3XcHYPkQ3Eyn1MkbFlVj8t0yTtDVbL1t other"


class Change:
    """What is there before (shell), and one change of it, as shell and as resources."""

    def __init__(self, draw, host, controller):
        self.draw, self.host, self.controller = draw, host, controller
        self.before, self.shell, self.resources = [], [], []
        self.own = ["/run/drawn-"]  # in lines of a snapshot: what only the manifest leaves

    def typed(self, *lines):
        self.shell += lines
        return self

    def stated(self, *resources):
        self.resources += resources
        return self

    def text(self, path, text, mode=None):
        """A file's text; `mode` of a new one, or a new one of an old file."""
        self.typed(f"printf %s {shlex.quote(text)} >{path}", *([f"chmod {mode} {path}"] if mode else []))
        return self.stated({"file": path, "content": text, **({"mode": mode} if mode else {})})

    def set_mode(self, kind, path, mode):
        return self.typed(f"chmod {mode} {path}").stated({kind: path, "mode": mode})

    def restart_ssh(self, path):
        how = self.draw.choice(["reload", "restart"])
        return self.typed(f"systemctl {how} ssh").stated({"systemd_unit": "ssh.service", f"{how}_on": [f"file {path}"]})

    def command(self, do, undo):
        # Its guard only says that it has to run: the second plan looks whether it has.
        marker = "/run/drawn-command"
        self.typed(do, f"touch {marker}")
        return self.stated({"command": "what is drawn", "shell": f"{do} && touch {marker}", "creates": marker,
                            "undo": ["sh", "-c", f"rm -f {marker}; {undo}"]})


def also(change, n):
    """Something beside it that nobody is locked out by."""
    path = f"/etc/also-{n}"
    match change.draw.randrange(6):
        case 0 | 1:
            change.text(path, f"text {change.draw.random()}\n")
        case 2:
            change.typed(f"mkdir -m 0750 {path}").stated({"directory": path, "mode": "0750"})
        case 3:
            change.typed(f"ln -s /etc/hostname {path}").stated({"symlink": path, "target": "/etc/hostname"})
        case 4:
            change.typed(f"groupadd also-{n}").stated({"group": f"also-{n}"})
        case 5:
            change.set_mode("file", ["/etc/motd", "/etc/issue"][n], "0640")


def ufw(c):
    me = c.controller
    rules = c.draw.choice([["allow 22/tcp"], ["limit 22/tcp"], [f"allow from {me} to any port 22 proto tcp"], []])
    on = c.draw.random() < 0.6 and rules
    c.before += [f"ufw {rule}" for rule in rules] + (["ufw --force enable"] if on else [])
    wall = {"firewall": "ufw", "enabled": True, "incoming": "deny", "keep_ssh": c.draw.random() < 0.2}
    match c.draw.randrange(6 if rules else 3):
        case 0:
            c.typed("ufw --force enable").stated(wall)
        case 1:
            c.typed("ufw allow 9101/tcp").stated({"firewall_rule": "port", "allow": {"port": "9101/tcp"}})
        case 2:
            c.typed("ufw deny 22/tcp", "ufw --force enable")
            c.stated({"firewall_rule": "shut", "deny": {"port": "22/tcp"}}, wall)
        case 3:
            policy = c.draw.choice(["deny", "reject", "allow"])
            c.typed(f"ufw default {policy} incoming", "ufw --force enable").stated({**wall, "incoming": policy})
        case 4:
            words = rules[0].split()
            match = {"from": me, "port": "22/tcp"} if "from" in words else {"port": "22/tcp"}
            c.typed(f"ufw delete {rules[0]}", "ufw --force enable")
            c.stated({"firewall_rule": "gone", words[0]: match, "ensure": "absent"}, wall)
        case 5:
            source = c.draw.choice([me, "10.0.0.0/8", "192.0.2.0/24"])
            c.typed(f"ufw insert 1 deny from {source}", "ufw --force enable")
            c.stated({"firewall_rule": "shut", "deny": {"from": source}, "position": "first"}, wall)


def nftables(c):
    me = c.controller
    allow = ["ct state established,related accept", "tcp dport 22 accept", f"ip saddr {me} accept", "iif lo accept"]
    refuse = ["tcp dport 22 drop", f"ip saddr {me} drop", "tcp dport 22 reject", "tcp dport 9999 drop", "ip protocol icmp drop", "counter"]
    rules = c.draw.sample(allow, c.draw.randrange(3)) + c.draw.sample(refuse, c.draw.randrange(1, 3))
    c.draw.shuffle(rules)
    hook, policy = c.draw.choice(["input", "input", "input", "output", "prerouting"]), c.draw.choice(["drop", "accept"])
    text = (f"table inet drawn {{\n  chain drawn {{\n    type filter hook {hook} priority 0; policy {policy};\n"
            + "".join(f"    {rule}\n" for rule in rules) + "  }\n}\n")
    if c.draw.random() < 0.5:
        # How it is loaded at a boot is the kind's own affair.
        c.own.append("nftables-inet-drawn.")
        c.typed(f"printf %s {shlex.quote(text)} | nft -f -").stated({"nftables": "inet drawn", "content": text})
        return
    c.text("/etc/drawn.nft", text)
    c.command("nft -f /etc/drawn.nft", "nft list table inet drawn >/dev/null 2>&1 || exit 0; nft delete table inet drawn")


def sshd_config(c, settings):
    c.text(DROP_IN, c.draw.choice(settings) + "\n").restart_ssh(DROP_IN)


def sshd_port(c):
    own = c.host.address
    sshd_config(c, ["Port 2222", "Port 22\nPort 2222", "ListenAddress 127.0.0.1", f"ListenAddress {own}", "AddressFamily inet6",
                    "AddressFamily inet", "Port 22\nListenAddress 127.0.0.1:2222", "Port 22222\nAddressFamily any", "Port 70000",
                    "ListenAddress 192.0.2.1", f"ListenAddress {own}:2200"])


def sshd_users(c):
    me = c.controller
    sshd_config(c, ["AllowUsers root", "AllowUsers deploy root", "DenyUsers deploy", "DenyUsers plain", "AllowGroups root adm",
                    "AllowGroups deploy root", "DenyGroups deploy", "PubkeyAuthentication no", "AuthenticationMethods publickey,password",
                    "AuthenticationMethods publickey", "AuthorizedKeysFile /etc/ssh/keys/%u", f"AllowUsers deploy@{me} root",
                    "AllowUsers deploy@192.0.2.1", "Match User deploy\n  ForceCommand /bin/true", "Match User plain\n  ForceCommand /bin/true",
                    "Match Address 10.0.0.0/8\n  DenyUsers *", "PubkeyAcceptedAlgorithms rsa-sha2-512", "PermitRootLogin no",
                    "AlowUsers deploy", "ChrootDirectory /srv", "MaxSessions 0", "LoginGraceTime 1", "UsePAM no"])


def keys(c):
    own = c.host.read(KEYS)
    line = own.strip()
    key = " ".join(line.split()[:2])
    match c.draw.randrange(8):
        case 0:
            c.text(KEYS, OTHER_KEY + "\n")
        case 1:
            c.text(KEYS, OTHER_KEY + "\n" + own)
        case 2:
            c.typed(f"echo '{OTHER_KEY}' >>{KEYS}").stated(
                {"authorized_key": "other", "user": "deploy", "key": " ".join(OTHER_KEY.split()[:2]), "comment": "other"})
        case 3 | 4:
            c.typed(f": >{KEYS}").stated({"authorized_key": "mine", "user": "deploy", "key": key, "ensure": "absent"})
        case 5:
            options = c.draw.choice(['from="192.0.2.1"', f'from="{c.controller}"', 'command="/bin/true"', "restrict", "no-pty"])
            c.typed(f"sed -i 's|^|{options} |' {KEYS}").stated(
                {"authorized_key": "mine", "user": "deploy", "key": key, "options": options})
        case 6:
            c.typed(f"rm {KEYS}").stated({"file": KEYS, "ensure": "absent"})
        case 7:
            c.typed("rm -r /home/deploy/.ssh").stated({"directory": "/home/deploy/.ssh", "ensure": "absent"})


def home_mode(c):
    kind, path = c.draw.choice([("directory", "/home/deploy"), ("directory", "/home/deploy/.ssh"), ("file", KEYS), ("directory", "/home")])
    if c.draw.random() < 0.3:
        owner = c.draw.choice(["plain", "root", "deploy"])
        c.typed(f"chown {owner} {path}").stated({kind: path, "owner": owner})
    else:
        modes = ["0777", "0770", "0775", "0755", "0711", "0700", "0000"] if kind == "directory" else ["0666", "0660", "0640", "0400", "0000"]
        c.set_mode(kind, path, c.draw.choice(modes))


def expiry(c):
    match c.draw.randrange(5):
        case 0 | 1:
            day = c.draw.choice(["1970-01-02", "2020-02-29", "2099-12-31"])
            c.typed(f"usermod -e {day} deploy").stated({"user": "deploy", "expires": day})
        case 2:
            c.typed("usermod -L deploy").stated({"user": "deploy", "locked": True})
        case 3:
            c.typed("usermod -e 1970-01-02 plain").stated({"user": "plain", "expires": "1970-01-02"})
        case 4:
            day, old = c.draw.choice([("0", "lethal"), ("20000", "fine")])[0], c.host.sh("getent shadow deploy | cut -d: -f3").strip()
            c.command(f"chage -d {day} deploy", f"chage -d {old} deploy")


def shell(c):
    if c.draw.random() < 0.7:
        path = c.draw.choice(["/usr/sbin/nologin", "/bin/false", "/nowhere/sh", "/bin/dash", "/usr/bin/fish", "/bin/cat", "/bin/rbash"])
        c.typed(f"usermod -s {path} deploy").stated({"user": "deploy", "shell": path})
    else:
        old = c.host.read("/home/deploy/.bashrc")
        c.text("/home/deploy/.bashrc", c.draw.choice(["exit 1\n", "exec sleep 600\n", "PATH=/nowhere\n", "umask 077\n"]) + old)


def nologin(c):
    path = c.draw.choice(["/etc/nologin", "/etc/nologin", "/etc/nologin", "/etc/nologin.txt", "/etc/issue.net", "/etc/motd"])
    c.text(path, c.draw.choice(["", "Closed for repairs.\n"]))


def pam(c):
    path = f"/etc/pam.d/{c.draw.choice(['sshd', 'sudo', 'common-account', 'common-session', 'other', 'login'])}"
    old = c.host.read(path)
    line = c.draw.choice(["account required pam_deny.so", "session required pam_deny.so", "account required pam_nosuch.so",
                          "session optional pam_deny.so", "account required pam_permit.so", "account required pam_listfile.so "
                          "item=user sense=allow file=/etc/nobody onerr=fail", "session required pam_exec.so /bin/false",
                          "account required", "session required pam_limits.so conf=/etc/drawn-limits"])
    if "drawn-limits" in line:
        limit = c.draw.choice(["hard maxlogins 0", "hard nproc 0", "hard nofile 4", "soft core 0"])
        c.text("/etc/drawn-limits", f"deploy {limit}\n")
    c.text(path, line + "\n" + old if c.draw.random() < 0.5 else old + line + "\n")


def nsswitch(c):
    old = c.host.read("/etc/nsswitch.conf")
    base, value = c.draw.choice([("passwd", "nosuch"), ("passwd", "nosuch files"), ("passwd", ""), ("shadow", "nosuch"), ("group", "nosuch"),
                                 ("hosts", "files"), ("passwd", "files [NOTFOUND=return] nosuch"), ("shadow", "files nosuch")])
    c.text("/etc/nsswitch.conf", "".join(
        f"{base}: {value}\n" if line.startswith(f"{base}:") else line for line in old.splitlines(keepends=True)))


def sudoers(c):
    path = "/etc/sudoers.d/lab"
    old = c.host.read(path)
    rest = "".join(line for line in old.splitlines(keepends=True) if not line.startswith("deploy"))
    match c.draw.randrange(8):
        case 0:
            c.text(path, rest)
        case 1:
            c.text(path, rest + c.draw.choice(["deploy ALL=(ALL) ALL\n", "deploy ALL=(ALL) NOPASSWD: /usr/bin/id\n", "deploy h9=(ALL) NOPASSWD: ALL\n",
                                               "deploy ALL=(ALL) NOPASSWD: ALL, !/usr/bin/sudo\n", "deploy ALL=(ALL) NOPASWD: ALL\n"]))
        case 2:
            c.typed(f"rm {path}").stated({"file": path, "ensure": "absent"})
        case 3:
            c.set_mode("file", path, c.draw.choice(["0666", "0400", "0000", "0644"]))
        case 4:
            c.text("/etc/sudoers.d/zz-drawn", c.draw.choice(["deploy ALL=(ALL) !ALL\n", "Defaults:deploy !authenticate\n", "ALL ALL=NOPASSWD: NOEXEC: ALL\n",
                                                             "nonsense nonsense\n", "plain ALL=(ALL) NOPASSWD: ALL\n", "Defaults requiretty\n"]), "0440")
        case 5:
            c.set_mode("file", "/usr/bin/sudo", c.draw.choice(["0755", "4755", "4111"]))
        case 6:
            c.typed(f"chown plain {path}").stated({"file": path, "owner": "plain"})
        case 7:
            c.text("/etc/sudo.conf", c.draw.choice(["Plugin sudoers_policy nosuch.so\n", "Set disable_coredump true\n"]))


def route(c):
    me, own, dev = c.controller, c.host.address, "eth0"
    network = own.rsplit(".", 1)[0]
    c.command(*c.draw.choice([
        (f"ip route add blackhole {me}/32", f"ip route del blackhole {me}/32 || :"),
        (f"ip route add prohibit {me}/32", f"ip route del prohibit {me}/32 || :"),
        ("ip route add blackhole 192.0.2.0/24", "ip route del blackhole 192.0.2.0/24 || :"),
        (f"ip route del {network}.0/24 dev {dev}", f"ip route replace {network}.0/24 dev {dev} proto kernel scope link src {own}"),
        (f"ip address del {own}/24 dev {dev}", f"ip address replace {own}/24 dev {dev}"),
        (f"ip address add 192.0.2.9/24 dev {dev}", f"ip address del 192.0.2.9/24 dev {dev} || :"),
        (f"ip rule add from {own} prohibit priority 9", "ip rule del priority 9 || :"),
        ("ip rule add from 192.0.2.9 prohibit priority 9", "ip rule del priority 9 || :"),
        (f"ip neighbour replace {me} lladdr 02:00:00:00:00:99 dev {dev} nud permanent", f"ip neighbour del {me} dev {dev} || :"),
        (f"ip link set {dev} mtu 1400", f"ip link set {dev} mtu 1500"),
        (f"ip link set {dev} arp off", f"ip link set {dev} arp on"),
        (f"ip route add {me}/32 via {network}.250 dev {dev}", f"ip route del {me}/32 via {network}.250 || :"),
    ]))


def dns(c):
    me, hosts = c.controller, c.host.read("/etc/hosts")
    c.before += [f"echo '{me} controller.lab' >>/etc/hosts", "systemctl reload ssh",
                 "printf 'UseDNS yes\\nAllowUsers *@controller.lab\\n' >/etc/ssh/sshd_config.d/00-by-name.conf; systemctl reload ssh"]
    match c.draw.randrange(6):
        case 0:
            c.text("/etc/hosts", hosts)
        case 1:
            c.text("/etc/hosts", hosts + f"{me} {c.draw.choice(['other.lab controller.lab', 'controller.lab other.lab', 'other.lab'])}\n")
        case 2:
            old = c.host.read("/etc/nsswitch.conf")
            c.text("/etc/nsswitch.conf", old.replace("files dns", c.draw.choice(["nosuch", "files", "nosuch files"])))
        case 3:
            c.text("/etc/host.conf", c.draw.choice(["multi on\n", "multi off\n", "trim .lab\n"]))
        case 4:
            c.set_mode("file", "/etc/hosts", c.draw.choice(["0600", "0640"]))
        case 5:
            c.text("/etc/resolv.conf", "nameserver 192.0.2.53\noptions timeout:1 attempts:1\n")


def full_disk(c):
    """A small disk holds holdfast's own folder, data, and the trail without which nobody may log in."""
    c.before += ["mkdir /small; mount -t tmpfs -o size=8m,mode=755 tmpfs /small; mkdir -m 700 /small/holdfast /small/trail; mkdir /small/data /srv/data",
                 "mkdir -p -m 700 /var/lib/holdfast /var/log/trail",
                 "mount --bind /small/holdfast /var/lib/holdfast; mount --bind /small/trail /var/log/trail; mount --bind /small/data /srv/data",
                 "for unit in small srv-data var-lib-holdfast var-log-trail; do until systemctl -q is-active $unit.mount; do sleep 0.1; done; done",
                 "printf '#!/bin/sh\\nexec cp /etc/hostname \"/var/log/trail/$$\"\\n' >/usr/local/sbin/trail; chmod 755 /usr/local/sbin/trail",
                 "echo 'session required pam_exec.so /usr/local/sbin/trail' >>/etc/pam.d/sshd"]
    match c.draw.randrange(4):
        case 0 | 1:
            c.command("{ cat /dev/zero >/srv/data/fill || :; } 2>/dev/null", "rm -f /srv/data/fill")
        case 2:
            size = c.draw.choice([1, 3, 20])
            c.command(f"{{ head -c {size}M /dev/zero >/srv/data/fill || :; }} 2>/dev/null", "rm -f /srv/data/fill")
        case 3:
            c.command("mkdir /srv/data/many; i=0; while [ $i -lt 4000 ] && : >/srv/data/many/$i; do i=$((i + 1)); done 2>/dev/null; cat /dev/zero >/srv/data/many/last 2>/dev/null || :",
                      "rm -rf /srv/data/many")


def host_key(c):
    path = "/etc/ssh/ssh_host_ed25519_key"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "drawn", "-f", f"{folder}/key"], check=True)
        new = Path(folder, "key").read_text()
    match c.draw.randrange(5):
        case 0 | 1:
            c.text(path, new).restart_ssh(path)
        case 2:
            mode = c.draw.choice(["0644", "0400"])
            c.set_mode("file", path, mode).restart_ssh(path)
        case 3:
            c.text("/etc/ssh/drawn_key", new, "0600")
            c.text(DROP_IN, "HostKey /etc/ssh/drawn_key\n" + c.draw.choice(["", f"HostKey {path}\n"])).restart_ssh(DROP_IN)
        case 4:
            c.typed(f"rm {path}.pub").stated({"file": f"{path}.pub", "ensure": "absent"})


def wrappers(c):
    rule = c.draw.choice(["sshd: ALL", "ALL: ALL", "sshd: 192.0.2.", f"ALL: {c.controller}", "vsftpd: ALL", "sshd: 10."])
    c.text("/etc/hosts.deny", rule + "\n")
    if c.draw.random() < 0.3:
        c.text("/etc/hosts.allow", f"sshd: {c.draw.choice([c.controller, '192.0.2.1'])}\n")


def ssh_unit(c):
    unit = {"systemd_unit": "ssh.service"}
    match c.draw.randrange(5):
        case 0:
            c.typed("systemctl stop ssh").stated({**unit, "state": "stopped"})
        case 1:
            c.typed("systemctl stop ssh; systemctl mask ssh").stated({**unit, "state": "stopped", "masked": True})
        case 2:
            c.typed("systemctl disable ssh").stated({**unit, "enabled": False})
        case _:
            text = "[Service]\n" + c.draw.choice(["PrivateNetwork=yes", "ExecStartPre=/bin/false", "MemoryMax=1G", "LimitNOFILE=9", "ProtectSystem=yes",
                                                  "TemporaryFileSystem=/home", "NoNewPrivileges=yes", "Environment=SSHD_OPTS=-p2222"]) + "\n"
            folder = "/etc/systemd/system/ssh.service.d"
            c.typed(f"mkdir {folder}; printf %s {shlex.quote(text)} >{folder}/50-drawn.conf", "systemctl daemon-reload; systemctl restart ssh")
            c.stated({**unit, "drop_ins": {"50-drawn.conf": text}})


def account(c):
    name = c.draw.choice(["deploy", "deploy", "plain"])
    if c.draw.random() < 0.5:
        c.typed(f"pkill -KILL -u {name} || :; sleep 0.5; userdel {name}").stated({"user": name, "ensure": "absent"})
    else:
        groups = c.draw.choice([["adm"], ["sudo"], []])
        c.typed(f"usermod -G '{','.join(groups)}' {name}").stated({"user": name, "groups": groups})


CLASSES = {
    "ufw": ufw, "nftables": nftables, "sshd-port": sshd_port, "sshd-users": sshd_users, "keys": keys, "home-mode": home_mode,
    "expiry": expiry, "shell": shell, "nologin": nologin, "pam": pam, "nsswitch": nsswitch, "sudoers": sudoers, "route": route,
    "dns": dns, "full-disk": full_disk, "host-key": host_key, "wrappers": wrappers, "ssh-unit": ssh_unit, "account": account,
}


def drawn(group, draw, host, controller):
    change = Change(draw, host, controller)
    CLASSES[group](change)
    for n in range(draw.randrange(3)):
        also(change, n)
    return change
