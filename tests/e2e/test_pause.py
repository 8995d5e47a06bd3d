"""A host that somebody paused is not changed, and says who asked, why and until when."""

FILES = ("-i", "hosts.yaml", "site.yaml")


def test_a_paused_host_is_left_alone_until_the_pause_ends(host, project):
    project.inventory([host])
    project.manifest("  - file: /etc/first\n    content: x\n")
    said = project.run("pause", host.name, "-i", "hosts.yaml", "--for", "2h", "--reason", "a 'release' $(id)").out
    assert "apply refuses until" in said
    plan = project.run("plan", *FILES).out
    assert "paused by" in plan and "a 'release' $(id)" in plan
    drift = project.run("drift", *FILES, expect=None).out
    assert "paused by" in drift and "a 'release' $(id)" in drift
    refused = project.run("apply", "--yes", *FILES, expect=4)
    assert "a 'release' $(id)" in refused.out + refused.err
    assert host.sh("ls /etc/first", check=False) == ""
    project.run("pause", host.name, "-i", "hosts.yaml", "--end")
    project.run("apply", "--yes", *FILES)
    project.run("pause", host.name, "-i", "hosts.yaml", "--for", "2h", "--reason", "a 'release' $(id)")
    refused = project.run("rollback", "--last", "-i", "hosts.yaml", expect=4)
    assert "a 'release' $(id)" in refused.out + refused.err
    host.sh("test -e /etc/first")


def test_a_pause_outlives_a_power_cut(host, project):
    project.inventory([host])
    project.manifest("  - file: /etc/first\n    content: x\n")
    project.run("pause", host.name, "-i", "hosts.yaml", "--for", "2h", "--reason", "release")
    host.kill()
    host.boot()
    refused = project.run("apply", "--yes", *FILES, expect=4)
    assert "release" in refused.out + refused.err
    project.run("pause", host.name, "-i", "hosts.yaml", "--end")
    host.kill()
    host.boot()
    project.run("apply", "--yes", *FILES)


def test_plain_sh_pauses_too_and_a_pause_ends_by_itself(host, project):
    project.inventory([host])
    project.manifest("  - file: /etc/first\n    content: x\n")
    host.sh("mkdir -p -m 700 /var/lib/holdfast; { date -d '+3 seconds' +%s; echo ann; echo upgrade; } >/var/lib/holdfast/paused")
    refused = project.run("apply", "--yes", *FILES, expect=4)
    assert "paused by ann until" in refused.out + refused.err and "upgrade" in refused.out + refused.err
    host.sh("sleep 4")
    project.run("apply", "--yes", *FILES)


def test_a_pause_without_a_time_holds_until_it_is_taken_away(host, project):
    project.inventory([host])
    project.manifest("  - file: /etc/first\n    content: x\n")
    for written in ("printf 'in two hours'", "printf '%s' $(date -d '+2 hours' +%s)"):
        host.sh(f"mkdir -p -m 700 /var/lib/holdfast; {written} >/var/lib/holdfast/paused")
        refused = project.run("apply", "--yes", *FILES, expect=4)
        assert "paused by somebody until" in refused.out + refused.err
    host.sh("rm /var/lib/holdfast/paused")
    project.run("apply", "--yes", *FILES)


def test_bad_words_are_refused(host, project):
    project.inventory([host])
    assert "for how long" in project.run("pause", "h1", "-i", "hosts.yaml", expect=64).err
    assert "which hosts" in project.run("pause", "-i", "hosts.yaml", "--for", "1h", expect=64).err
