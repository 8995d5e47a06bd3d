"""Somebody on a host exchanges files, folders, links and pipes in a folder of her own while root works there: nothing but that folder is touched, and nothing that
she can't read gets to her, or into an output. HOLDFAST_RACES=N runs N rounds of each pair that she exchanges; without it, five of some."""

import base64
import os
import shlex
import subprocess

import pytest

FILES = ("-i", "hosts.yaml", "site.yaml")
ROUNDS = int(os.environ.get("HOLDFAST_RACES", "5"))
ROOTS = "rootsown"  # in files that nobody but root may read

# With renameat2(2)'s RENAME_EXCHANGE there is no moment at which either is missing. On any processor: tests keep to one.
EXCHANGE = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
os.sched_setaffinity(0, range(os.cpu_count()))
pairs = [tuple(word.encode() for word in pair.split("=")) for pair in sys.argv[1:]]
turn = 0
while True:
    turn += 1
    for here, there in pairs:
        libc.renameat2(-100, here, -100, there, 2)
    if turn % 50 == 0:
        os.sched_yield()
"""

BEFORE = f"""
useradd -m -s /bin/sh mallory
mkdir -m 700 /etc/races && mkdir -m 755 /etc/races/sub
for each in conf there sub/deep; do echo {ROOTS} >/etc/races/$each; done
echo '{{"{ROOTS}": "{ROOTS}"}}' >/etc/races/json
(umask 077 && echo {ROOTS} >/etc/races.conf)
runuser -u mallory -- sh -c '
  cd && mkdir -m 755 work work/folder work/other .ssh && echo hers >work/conf && echo hers >work/pipe && echo hers >work/hard
  echo {{}} >work/json && ln -s /etc/races/json json.link && ln -s /etc/races/conf conf.link && ln -s /etc/races folder.link && mkfifo pipe.pipe && echo other >hard.other
  ln -s /etc/races.conf keys.link && echo >.ssh/authorized_keys
  ln -s /etc/races sub.link && mkdir work/folder/sub'
"""

# What of each pair the resources below are about.
EXCHANGED = {
    "file and link": "work/conf=conf.link",
    "folder and link": "work/folder=folder.link",
    "folder in a folder and link": "work/folder/sub=sub.link",
    "JSON and link": "work/json=json.link",
    "file and pipe": "work/pipe=pipe.pipe",
    "file and file": "work/hard=hard.other",
    "keys and link": ".ssh/authorized_keys=keys.link",
}

HERS = "/home/mallory"


def resources(number):
    gone = number % 3 == 2
    made = "ensure: absent" if gone else f"content: \"{number}\\n\", owner: mallory, mode: '06{number % 5}0'"
    listed = "".join(f"  - {{file: {HERS}/{path}, {made}}}\n" for path in
                     ("work/conf", "work/folder/conf", "work/folder/sub/deep", "work/pipe", "work/hard"))
    folder = "ensure: absent" if gone else f"owner: mallory, mode: '075{number % 5}'"
    listed += f"  - {{directory: {HERS}/work/folder/made, {folder}}}\n"
    kept = "ensure: absent" if gone else f"set: {{a: {number}}}"
    listed += f"  - {{json_file: {HERS}/work/json, {kept}}}\n"
    link = "ensure: absent" if gone else f"target: /srv/{number}"
    listed += f"  - {{symlink: {HERS}/work/folder/there, {link}}}\n"
    # Only what it states is set of this one.
    if not gone:
        listed += f"  - {{directory: {HERS}/work/other, mode: '07{number % 5}5'}}\n"
        key = base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + bytes([number % 5] * 32)).decode()
        listed += f"  - {{authorized_key: hers, user: mallory, key: ssh-ed25519 {key}}}\n"
    return listed


def of_others(host):
    """Whatever somebody could have changed in her place: also times, and numbers of inodes."""
    return host.sh("find /etc /usr/local /root -printf '%p %i %y %m %U %G %s %T@ %C@ %l\\n' | grep -v '^/etc/.*holdfast' | sort")


@pytest.mark.parametrize("pair", [*EXCHANGED, "all"] if "HOLDFAST_RACES" in os.environ else ["file and link", "file and pipe", "all"])
def test_what_is_exchanged_meanwhile_leads_nobody_out_of_the_folder(host, project, pair):
    host.sh(BEFORE)
    project.inventory([host], user="deploy")
    pairs = list(EXCHANGED.values()) if pair == "all" else [EXCHANGED[pair]]
    project.manifest("  - {file: /srv/first, content: x}\n")
    project.run("apply", "--yes", *FILES)  # what it makes of its own
    before = of_others(host)
    words = " ".join(map(shlex.quote, pairs))
    host.write("/home/exchange.py", EXCHANGE)
    mallory = subprocess.Popen(host.inside(f"cd {HERS} && exec runuser -u mallory -- /usr/bin/python3 /home/exchange.py {words}"))
    codes = []
    try:
        for number in range(ROUNDS):
            project.manifest(resources(number))
            for command in (("plan", *FILES), ("apply", "--yes", "--lease", "5", *FILES),
                            *([("rollback", "--last", "--allow-reopen", "-i", "hosts.yaml")] if number % 4 == 3 else [])):
                done = project.run(*command, expect=None)
                assert ROOTS not in done.out + done.err, str(done)
                codes.append(done.code)
                # 1: it can't be planned; 4: it is no longer what the plan saw; 7: a step was refused, and the rest taken back.
                assert done.code in (0, 1, 4, 6, 7), str(done)
                if done.code == 6:
                    codes.append(project.run("recover", "--yes", "-i", "hosts.yaml", expect=None).code)
    finally:
        mallory.terminate()
        mallory.wait()
        host.sh("pkill -KILL -u mallory", check=False)
    print(f"{pair}: exit codes {sorted({code: codes.count(code) for code in codes}.items())}")
    assert before.splitlines() == of_others(host).splitlines()
    assert host.sh(f"grep -rlF {ROOTS} {HERS} 2>/dev/null", check=False) == ""
    assert host.sh(f"find {HERS} -perm /6000", check=False) == ""
    assert host.sh(f"find {HERS} -name '.hf-*'", check=False) == ""
    # Where she leaves it alone it is as stated, whatever had been left.
    project.manifest(resources(0))
    host.sh(f"cd {HERS} && rm -rf -- *.link *.pipe work .ssh && runuser -u mallory -- sh -c 'mkdir -p work/folder/sub work/other .ssh'")
    project.run("apply", "--yes", *FILES)
    assert project.run("plan", "--detailed-exitcode", *FILES).code == 0


def test_what_her_folder_hands_down_opens_nothing_that_is_made_in_it(host, project):
    host.sh(f"useradd -m -s /bin/sh mallory && runuser -u mallory -- mkdir -m 755 {HERS}/work && setfacl -d -m u:mallory:rwx,o::rwx {HERS}/work"
            f" && runuser -u mallory -- sh -c 'echo hers >{HERS}/work/grouped'"
            f" && echo {ROOTS} >/srv/from && chmod 664 /srv/from && tar -C /srv -czf /srv/from.tgz from && chmod 600 /srv/from")
    plain, packed = (host.sh(f"sha256sum </srv/{name}").split()[0] for name in ("from", "from.tgz"))
    project.inventory([host], user="deploy")
    project.manifest("".join(f"  - {{{kind}: {HERS}/work/{name}, {more}mode: '{mode}'}}\n" for kind, name, more, mode in (
        ("file", "secret", f"content: {ROOTS}, ", "0600"), ("file", "half", f"content: {ROOTS}, ", "0640"), ("file", "all", f"content: {ROOTS}, ", "0644"),
        ("directory", "private", "", "0750"), ("directory", "public", "", "0755"), ("download", "got", f"url: 'file:///srv/from', sha256: {plain}, ", "0640")))
        + f"  - {{download: {HERS}/work/grouped, url: 'file:///srv/from', sha256: {plain}, group: deploy}}\n"
        + f"  - {{archive: {HERS}/work/tree, path: /srv/from.tgz, sha256: {packed}}}\n")
    project.run("apply", "--yes", *FILES)
    assert project.run("plan", "--detailed-exitcode", *FILES).code == 0
    hers = "runuser -u mallory -- sh -c"
    assert host.sh(f"cd {HERS}/work; {hers} 'cat secret half got; ls private; echo x >>all; echo x >public/x; echo x >>tree/from; echo x >tree/x' 2>&1 | grep -ci denied").strip() == "8"
    assert host.sh(f"stat -c %U:%G {HERS}/work/grouped").strip() == "mallory:deploy"
    assert host.sh(f"cd {HERS}/work; {hers} 'cat all'").strip() == ROOTS


def test_a_pipe_in_a_files_place_holds_up_no_way_back(host, project):
    host.sh(f"useradd -m -s /bin/sh mallory && mkdir {HERS}/work && echo roots >{HERS}/work/file && chmod 600 {HERS}/work/file && chown mallory: {HERS}/work")
    project.inventory([host], user="deploy")
    project.manifest(f"  - {{file: {HERS}/work/file, owner: mallory, group: mallory}}\n")
    project.run("apply", "--yes", *FILES)
    host.sh(f"cd {HERS}/work && runuser -u mallory -- sh -c 'rm -f file && mkfifo -m 600 file'")
    done = project.run("rollback", "--last", "-i", "hosts.yaml", expect=None, timeout=60)
    assert done.code in (0, 6), str(done)
    assert host.sh(f"stat -c '%F' {HERS}/work/file").strip() == "fifo"


def test_what_is_found_there_works_with_nobody_elses_rights(host, project):
    host.sh(f"useradd -m -s /bin/sh mallory && runuser -u mallory -- sh -c 'mkdir {HERS}/work && cp /bin/true {HERS}/work/tool && chmod 755 {HERS}/work/tool'")
    project.inventory([host], user="deploy")
    project.manifest(f"  - {{file: {HERS}/work/tool, owner: root, mode: '4755'}}\n")
    done = project.run("apply", "--yes", *FILES, expect=7)
    assert "before it got its owner" in done.out, str(done)
    assert host.sh(f"stat -c '%U %a' {HERS}/work/tool").strip() == "mallory 755"
    project.manifest(f"  - {{file: {HERS}/work/made, owner: root, mode: '4755', content: x}}\n  - {{file: {HERS}/work/tool, mode: '2755'}}\n")
    project.run("apply", "--yes", *FILES)
    assert host.sh(f"stat -c '%U %a' {HERS}/work/made {HERS}/work/tool").split() == ["root", "4755", "mallory", "2755"]


def test_a_command_works_only_where_its_account_may_go(host, project):
    host.sh(f"useradd -m -s /bin/sh mallory && mkdir -p -m 700 /root/closed && mkdir -m 755 /root/closed/open && ln -s /root/closed/open {HERS}/there"
            f" && chown -h mallory {HERS}/there && echo {ROOTS} >/root/closed/open/text")
    project.inventory([host], user="deploy")
    for account, guard in (("user: mallory, ", "always: true"), ("user: mallory, ", "unless: [cat, text]"), ("", "always: true")):
        project.manifest(f"  - {{command: look, {account}directory: {HERS}/there, shell: 'cat text >/tmp/seen', undo: ['true'], {guard}}}\n")
        done = project.run("apply", "--yes", *FILES, expect=None)
        assert done.code in (1, 7) and ROOTS not in done.out + done.err, str(done)
        assert host.sh("cat /tmp/seen 2>/dev/null", check=False) == ""
    host.sh(f"runuser -u mallory -- mkdir {HERS}/own")
    project.manifest(f"  - {{command: look, user: mallory, directory: {HERS}/own, shell: pwd >here, creates: {HERS}/own/here}}\n")
    project.run("apply", "--yes", *FILES)
    assert host.read(f"{HERS}/own/here").strip() == f"{HERS}/own"
