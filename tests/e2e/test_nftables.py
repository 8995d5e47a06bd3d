"""The packet filter by nftables: in the kernel and on the disk, beside ufw and Docker, and never in the way of its own controller unheard."""

import pytest
from lab import difference

FILES = ("-i", "hosts.yaml", "site.yaml")
KNOWN = "  - directory: /etc/known\n"

GUARD = """\
  - nftables: inet guard
    content: |
      set friends {
        type ipv4_addr
        flags interval
        elements = { 10.0.0.0/8 }
      }
      chain input {
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        iifname lo accept
        ip saddr @friends tcp dport { 22, 9100-9199 } counter accept comment "in"
        tcp dport 4000 add @tried { ip saddr } drop
      }
      set tried {
        type ipv4_addr
        size 64
        flags dynamic
        timeout 1h
      }
"""
# What ufw and Docker may have on a host.
OTHERS = """\
ufw allow 22/tcp && ufw --force enable
nft -f - <<'END'
table ip docker-bridges {
  chain forward {
    type filter hook forward priority 10; policy accept;
    oifname "docker0" counter drop
  }
}
END
"""


@pytest.fixture
def site(host, project):
    """A project whose first run, which leaves the boot unit, is over."""
    project.inventory([host])
    project.manifest(KNOWN)
    project.run("apply", "--yes", *FILES)

    def put(resources):
        project.manifest(KNOWN + resources)

    project.put = put
    return project


def nft(host, words):
    return host.sh(f"nft {words}")


def others(host):
    return nft(host, "-s list table ip docker-bridges") + nft(host, "-s list table ip filter 2>/dev/null")


def test_applied_once_and_again_over_a_boot(host, site):
    site.put(GUARD)
    planned = site.run("plan", *FILES).out
    assert "lets through your login" in planned and "ip saddr @friends" in planned, planned
    site.run("apply", "--yes", *FILES)
    assert "policy drop" in nft(host, "list table inet guard")
    assert "Nothing to change" in site.run("plan", *FILES).out
    before = nft(host, "-s list table inet guard")
    host.ssh("true")
    host.boot()
    assert nft(host, "-s list table inet guard") == before
    assert host.sh("systemctl is-failed nftables-inet-guard.service", check=False).strip() == "inactive"
    assert "Nothing to change" in site.run("plan", *FILES).out


def test_a_plan_changes_nothing_and_asks_in_one_round_trip(host, site):
    site.put(GUARD)
    before = host.snapshot(moves=True)
    site.run("plan", *FILES)
    assert difference(before, host.snapshot(moves=True)) == []


def test_what_somebody_changes_by_hand_is_shown(host, site):
    site.put(GUARD)
    site.run("apply", "--yes", *FILES)
    nft(host, "add rule inet guard input tcp dport 4444 accept")
    said = site.run("drift", *FILES, expect=2).out
    assert "then changed: chain input: + tcp dport 4444 accept" in said and "drift" in said, said
    site.run("apply", "--yes", *FILES)
    assert "4444" not in nft(host, "list table inet guard")
    # The file alone: what is loaded now isn't what a boot would load.
    host.sh("sed -i s/9100-9199/9100-9299/ /etc/nftables-inet-guard.nft")
    said = site.run("drift", *FILES, expect=2).out
    assert "-  ip saddr" in said.replace("    ", " ") or "9100-9299" in said, said
    assert "loaded" not in said
    site.run("apply", "--yes", *FILES)
    assert "9100-9199" in host.read("/etc/nftables-inet-guard.nft")
    # The table and its unit.
    nft(host, "delete table inet guard")
    host.sh("systemctl disable nftables-inet-guard.service")
    said = site.run("drift", *FILES, expect=2).out
    assert "loaded: not set" in said and "at_boot: false" in said, said
    site.run("apply", "--yes", *FILES)
    assert "No drift" in site.run("drift", *FILES).out
    # What rules put into a set, and counters, are nobody's change.
    nft(host, "add element inet guard tried { 192.0.2.1 }")
    assert "No drift" in site.run("drift", *FILES).out


def test_a_mistake_is_refused_before_anything_changes(host, site):
    site.put("  - file: /etc/before\n    content: x\n" + GUARD.replace("tcp dport { 22", "tcp dprot { 22"))
    before = host.snapshot()
    done = site.run("apply", "--yes", *FILES, expect=None)
    assert done.code != 0
    said = done.out + done.err
    # Its own line of the manifest.
    line = site.folder.joinpath("site.yaml").read_text().splitlines().index(
        "        ip saddr @friends tcp dprot { 22, 9100-9199 } counter accept comment \"in\"") + 1
    assert f"site.yaml:{line}:" in said and "syntax error" in said and "HF7071" in said, said
    assert difference(before, host.snapshot()) == []
    # In a file of its own, rendered.
    site.write("templates/guard.nft", "# {{ inventory_hostname }}\nchain input {\n  tcp dport nosuch accept\n}\n")
    site.put("  - nftables: inet guard\n    template: guard.nft\n")
    said = site.run("plan", *FILES, expect=None)
    assert "templates/guard.nft:3:" in said.out + said.err, said
    # What a boot could not load, when there are no cards yet.
    site.put("  - nftables: inet guard\n    content: |\n      chain c {\n        iif eth0 accept\n      }\n")
    said = site.run("plan", *FILES, expect=None)
    assert "Interface does not exist" in said.out + said.err and "iifname" in said.out + said.err, said


def test_ufw_and_docker_are_left_alone(host, site):
    host.sh(OTHERS)
    before = others(host)
    site.put(GUARD)
    site.run("apply", "--yes", *FILES)
    assert others(host) == before
    # The whole ruleset is what nobody else keeps: the stray goes, and each that stays is named.
    nft(host, "add table inet stray")
    site.put(GUARD + """\
  - nftables: ruleset
    content: |
      table inet everything {
        chain output {
          type filter hook output priority filter; policy accept;
          ip daddr 169.254.169.254 drop
        }
      }
""")
    said = site.run("plan", *FILES).out
    assert 'strays: ["inet stray"]' in said, said
    for kept in ("ip docker-bridges", "ip filter", "ip6 filter", "inet guard"):
        assert kept in said, said
    site.run("apply", "--yes", *FILES)
    tables = nft(host, "list tables")
    assert "inet everything" in tables and "inet guard" in tables and "stray" not in tables, tables
    assert others(host) == before
    assert "Nothing to change" in site.run("plan", *FILES).out
    site.put("")
    site.run("apply", "--yes", "--prune", *FILES)
    assert others(host) == before
    assert host.sh("ls /etc/nftables-* /etc/systemd/system/nftables-*", check=False) == ""
    for taken in ("ip filter", "ip docker-bridges"):
        site.put(f"  - nftables: {taken}\n    content: ''\n")
        said = site.run("validate", "-i", "hosts.yaml", "site.yaml", expect=None)
        assert "is kept by" in said.out + said.err, said


def test_rollback_leaves_it_exactly_as_it_was(host, site):
    host.sh(OTHERS)
    site.put(GUARD)
    site.run("apply", "--yes", *FILES)
    before = host.snapshot()
    site.put(GUARD.replace("9100-9199", "9100") + "  - nftables: ip lab-nat\n    content: |\n"
             "      chain post {\n        type nat hook postrouting priority srcnat;\n        masquerade\n      }\n")
    site.run("apply", "--yes", *FILES)
    assert "lab-nat" in nft(host, "list ruleset 2>/dev/null")
    site.run("rollback", "--last", "-i", "hosts.yaml")
    assert difference(before, host.snapshot()) == []
    # And from the table that is there to none.
    site.put("")
    site.run("apply", "--yes", "--prune", *FILES)
    assert "guard" not in nft(host, "list tables")
    site.run("rollback", "--last", "-i", "hosts.yaml")
    assert difference(before, host.snapshot()) == []


def test_rollback_leaves_what_somebody_changed_since(host, site):
    site.put(GUARD)
    site.run("apply", "--yes", *FILES)
    nft(host, "add rule inet guard input tcp dport 4444 accept")
    done = site.run("rollback", "--last", "-i", "hosts.yaml", expect=6)
    assert "somebody changed it in the kernel since" in done.out + done.err, done
    assert "4444" in nft(host, "list table inet guard")


SHUT = """\
  - nftables: inet guard
    content: |
      chain input {
        type filter hook input priority filter; policy drop;
        iifname lo accept
        tcp dport 2222 accept
      }
"""
NO_NEW = SHUT.replace("iifname lo accept", "ct state established,related accept")


@pytest.mark.parametrize("rules", [SHUT, NO_NEW], ids=["all", "new"])
def test_a_lock_out_is_called_out_and_taken_back(host, site, rules):
    before = host.snapshot()
    site.put(rules)
    planned = site.run("plan", *FILES)
    assert "would drop your login" in planned.out and "its policy is drop" in planned.out, planned
    assert "1 that would shut you out" in planned.out, planned
    row = [r for r in site.run("plan", "--json", *FILES).json()["hosts"][0]["rows"] if r["kind"] == "nftables"][0]
    assert row["way_in"]["verdict"] == "shut" and "chain input" in row["way_in"]["why"], row
    assert row["way_in"]["login"].endswith(" to port 22"), row
    done = site.run("apply", "--yes", "--lease", 8, "--timeout", 10, *FILES, expect=None, timeout=240)
    assert done.code in (6, 7), done
    host.wait_for("[ -e /var/lib/holdfast/armed ] || echo gone")
    host.ssh("true")
    assert difference(before, host.snapshot()) == []


def test_a_power_cut_takes_it_back_before_the_network(host, site):
    site.put(GUARD)
    site.run("apply", "--yes", *FILES)
    before = host.snapshot()
    site.put(SHUT + "  - command: works\n    argv: [sleep, '612']\n    always: true\n"
             "    requires: [nftables inet guard]\n")
    running = site.start("apply", "--yes", "--lease", 60, *FILES)
    host.wait_for("nft list table inet guard | grep 2222")
    host.kill()
    running.kill()
    running.communicate()
    host.boot()
    host.wait_for("[ -e /var/lib/holdfast/armed ] || echo gone")
    host.ssh("true")
    assert difference(before, host.snapshot()) == []
    log = host.sh("journalctl -b -o short-monotonic -u holdfast-boot.service -u nftables-inet-guard.service --no-pager")
    assert log.index("rolled-back") < log.index("Load the table inet guard"), log


def test_a_power_cut_brings_back_a_table_that_was_going(host, site):
    site.put(GUARD)
    site.run("apply", "--yes", *FILES)
    before = host.snapshot()
    # No edge: what requires a thing goes before it goes.
    site.put("  - nftables: inet guard\n    ensure: absent\n  - command: works\n    argv: [sleep, '612']\n    always: true\n")
    running = site.start("apply", "--yes", "--lease", 60, *FILES)
    host.wait_for("nft list table inet guard 2>&1 | grep 'No such'")
    host.kill()
    running.kill()
    running.communicate()
    host.boot()
    host.wait_for("[ -e /var/lib/holdfast/armed ] || echo gone")
    host.wait_for("nft list table inet guard 2>/dev/null")
    assert difference(before, host.snapshot()) == []


def test_ufw_says_it_too(host, site):
    firewall = "  - firewall: ufw\n    incoming: deny\n"
    site.put(firewall)
    before = host.snapshot()
    said = site.run("plan", *FILES).out
    assert "! would drop your login, 10.88." in said and "no rule of ufw speaks of it" in said, said
    assert "a firewall_rule that allows 22/tcp is missing" in said and "1 that would shut you out" in said, said
    rows = site.run("plan", "--json", *FILES).json()["hosts"][0]["rows"]
    assert [r["way_in"]["verdict"] for r in rows if r["kind"] == "firewall"] == ["shut"], rows
    # A rule for another port or another client is none.
    site.put(firewall + "  - firewall_rule: web\n    allow: {port: 80/tcp}\n"
             "  - firewall_rule: others\n    allow: {port: 22/tcp, from: 192.0.2.0/24}\n")
    assert "a firewall_rule that allows 22/tcp is missing" in site.run("plan", *FILES).out
    site.put(firewall)
    done = site.run("apply", "--yes", *FILES, expect=7)
    assert "no rule lets 10.88." in done.out + done.err, done
    assert difference(before, host.snapshot()) == []
    site.put(firewall + "  - firewall_rule: ssh\n    limit: {port: 22/tcp}\n")
    said = site.run("plan", *FILES).out
    assert "lets through your login" in said and "would drop" not in said, said
    site.run("apply", "--yes", *FILES)
    site.put(firewall + "  - firewall_rule: ssh\n    limit: {port: 22/tcp}\n"
             "  - firewall_rule: neighbours\n    deny: {from: 10.88.0.0/16}\n    position: first\n")
    said = site.run("plan", *FILES).out
    assert "would drop your login" in said and "10.88.0.0/16" in said, said


@pytest.mark.parametrize("user", ["deploy", "plain"])
def test_what_needs_root_is_unknown(host, site, user):
    site.put(GUARD)
    if user == "deploy":
        site.inventory([host], user="deploy")
        said = site.run("plan", *FILES).out
        assert "lets through your login, 10.88." in said, said
        return
    site.inventory([host], user="plain", path="plain.yaml")
    text = site.folder.joinpath("plain.yaml").read_text().replace("    ansible_become: true\n", "")
    site.folder.joinpath("plain.yaml").write_text(text)
    said = site.run("plan", "-i", "plain.yaml", "site.yaml", expect=None).out
    assert "needs root" in said, said
