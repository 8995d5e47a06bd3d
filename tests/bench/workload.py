"""The host that every tool is asked for: a GitHub Actions runner host, said once; tools.py says it in each language."""

from dataclasses import dataclass, field

SERVICE = """[Unit]
Description=Benchmark service {n}
After=network.target

[Service]
User=bench-runner
ExecStart=/bin/sleep infinity
Restart=always
NoNewPrivileges=true
PrivateTmp=true

[Install]
WantedBy=multi-user.target
"""
TIMER = """[Unit]
Description=Benchmark timer

[Timer]
OnCalendar=*-*-* 04:00:00

[Install]
WantedBy=timers.target
"""
ONESHOT = "[Unit]\nDescription=Benchmark clean-up\n\n[Service]\nType=oneshot\nExecStart=/bin/true\n"


@dataclass
class File:
    path: str
    text: str
    mode: str = "0644"


@dataclass
class Unit:
    """A unit with its file, enabled and running."""

    name: str
    text: str


@dataclass
class Workload:
    group: str = ""
    user: str = ""
    home: str = ""
    directories: list = field(default_factory=list)
    files: list = field(default_factory=list)
    links: list = field(default_factory=list)  # (path, target)
    units: list = field(default_factory=list)
    rules: list = field(default_factory=list)  # (port, protocol); the firewall is enabled where there are any
    packages: list = field(default_factory=list)

    def count(self):
        return (bool(self.group) + bool(self.user) + len(self.directories) + len(self.files) + len(self.links)
                + len(self.units) + bool(self.rules) + len(self.rules) + len(self.packages))


def runner_host():
    """Group and system user, 6 directories, 20 files (one of 100 KB), 2 links, 2 sysctl files, 3 services and a
    timer, ufw with 2 rules, 2 packages that are there already."""
    root = "/opt/bench-runner"
    folders = [root] + [f"{root}/{name}" for name in ("bin", "etc", "work", "logs", "cache")]
    files = [File(f"{root}/etc/setting-{n:02}.conf", f"# setting {n}\nname = value-{n}\n" * 20) for n in range(16)]
    files += [
        File(f"{root}/bin/run.sh", "#!/bin/sh\nexec sleep infinity\n", "0755"),
        File(f"{root}/etc/large.json", "".join(f'{{"line": {n:05}, "text": "abcdefgh"}}\n' for n in range(2600))),
        File("/etc/default/bench-runner", "RUNNER=bench\n"),
        File("/etc/systemd/system/bench-clean.service", ONESHOT),
        File("/etc/sysctl.d/90-bench-a.conf", "net.ipv4.conf.all.accept_redirects = 0\n"),
        File("/etc/sysctl.d/90-bench-b.conf", "net.ipv4.conf.all.send_redirects = 0\n"),
    ]
    units = [Unit(f"bench-{n}.service", SERVICE.format(n=n)) for n in range(3)]
    return Workload(
        group="bench-runner", user="bench-runner", home=root, directories=folders, files=files,
        links=[(f"{root}/current", f"{root}/etc"), ("/usr/local/bin/bench-run", f"{root}/bin/run.sh")],
        units=[*units, Unit("bench-clean.timer", TIMER)], rules=[(22, "tcp"), (9101, "tcp")],
        packages=["curl", "procps"])


def many_files(count):
    """`count` small files in one directory, and nothing else."""
    root = "/opt/bench-files"
    return Workload(directories=[root],
                    files=[File(f"{root}/{n:04}.conf", f"# {n}\nname = value-{n}\n") for n in range(count)])
