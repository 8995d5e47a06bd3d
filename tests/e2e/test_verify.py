"""What runs out is seen in time, over a real connection, and verify says what it asked and got."""

import re
import xml.etree.ElementTree as xml

PREPARE = """\
cd /root
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=short -keyout key.pem -out short.pem -days 5 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=long -keyout long-key.pem -out long.pem -days 90 2>/dev/null
systemd-run -q -u tls openssl s_server -accept 8443 -cert /root/long.pem -key /root/long-key.pem -servername app.example.com -cert2 /root/short.pem -key2 /root/key.pem -quiet
systemd-run -q -u mute python3 -c 'import socket, time; s = socket.create_server(("127.0.0.1", 8444)); c = s.accept()[0]; c.send(b"hello"); time.sleep(60)'
printf '{"token": "CANARY", "inner": {"expires_at": "2099-01-02T03:04:05Z"}}' >token.json
printf 'EXPIRES_AT=2001-01-01\\nTOKEN=CANARY\\n' >old.env
chmod 600 token.json old.env
"""

CHECKS = """\
  - check: room
    disk_free: {path: /root, at_least: 1MiB}
  - check: no room
    disk_free: {path: /root, at_least: 900TB}
  - check: certificate
    tls_expiry: {port: 8443, at_least: 14d}
    retry: {for: 20s, backoff: 100ms}
  - check: certificate of a site
    tls_expiry: {port: 8443, name: app.example.com, at_least: 14d}
  - check: no tls
    tls_expiry: {port: 8444}
  - check: token
    secret_expiry: {path: /root/token.json, at_least: 7d}
  - check: old token
    secret_expiry: {path: /root/old.env, field: EXPIRES_AT}
  - check: certificate in a file
    secret_expiry: {path: /root/long.pem}
  - check: nothing there
    secret_expiry: {path: /root/nothing}
  - check: stated
    secret_expiry: {date: 2099-01-01}
"""

SAY = ("-i", "hosts.yaml", "site.yaml")


def test_what_runs_out_is_told(host, project):
    host.sh(PREPARE.replace("CANARY", project.canary))
    project.inventory([host])
    project.manifest(CHECKS)
    told = project.run("verify", "--json", "--junit", "verdicts.xml", *SAY, expect=1).json()
    found = {check["address"].removeprefix("check "): check for check in told["checks"]}
    wrong = {name: check["error"] for name, check in found.items() if not check["passed"]}
    assert set(wrong) == {"no room", "certificate of a site", "no tls", "old token", "nothing there"}, wrong
    assert "less than 8" in wrong["no room"], wrong
    assert re.search(r"/CN=short.* in [45] days: less than 14 days", wrong["certificate of a site"]), wrong
    assert wrong["no tls"] == "127.0.0.1:8444: it speaks no TLS", wrong
    assert "expired 2001-01-01 00:00 UTC" in wrong["old token"], wrong
    assert wrong["nothing there"] == "/root/nothing: it isn't there", wrong
    assert found["certificate of a site"]["hint"] == "renew it", found
    assert found["token"]["asked"] == "look at expires_at of /root/token.json", found

    suite = xml.parse(project.folder / "verdicts.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("10", "5", "0"), suite.attrib
    assert xml.fromstring(project.run("verify", "--junit", "-", *SAY, expect=1).out).get("failures") == "5"

    table = project.run("verify", *SAY, expect=1).out
    assert table.splitlines()[0].split() == ["host", "check", "asked", "took", "got"], table
    assert "        do: renew it\n" in table and table.endswith("5 passed, 5 failed; 5 of 10 checks hold\n"), table
