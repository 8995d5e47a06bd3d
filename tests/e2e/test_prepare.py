"""What `prepare` makes on a host goes when it is retired, and nothing else; what stays is said."""

import pytest
from lab import difference

PROJECT = "project: shop\nenvironments: {lab: {inventory: hosts.yaml, manifests: [site.yaml]}}\ndefault: lab\n"
HOME = "/var/lib/holdfast-plan"


@pytest.fixture
def site(host, project):
    project.inventory([host], user="deploy")
    project.write("holdfast.yaml", PROJECT)
    project.manifest("  - file: /srv/a\n    content: a\n")
    return project


def prepare(site):
    site.run("prepare", "lab", "--key", site.lab.variables["HOLDFAST_LAB_KEY"] + ".pub")


def test_a_host_that_retires_keeps_nothing_of_it(host, site):
    before = host.snapshot()
    for _ in range(2):
        prepare(site)
    site.inventory([host], user="holdfast-plan", path="plans.yaml")
    assert "file /srv/a" in site.run("plan", "-i", "plans.yaml", "site.yaml").out
    site.run("apply", "--yes")
    # One that still runs is told; the rest has gone, and comes to its end the next time.
    host.sh("systemd-run --quiet --collect --unit=busy --uid=holdfast-plan sleep 300")
    failed = site.run("retire", host.name, "--yes", expect=4)
    assert "holdfast-plan is currently used by process" in failed.err and "nothing of holdfast" not in failed.out
    assert host.sh("ls -d /etc/sudoers.d/holdfast-plan /usr/local/lib/holdfast 2>/dev/null", check=False) == ""
    host.sh("systemctl stop busy")
    assert "nothing of holdfast is left there. Take it out" in site.run("retire", host.name, "--yes").out
    assert difference(before, host.snapshot()) == []


NOT_OURS = {
    "account": (f"useradd --system --home-dir {HOME} holdfast-plan && mkdir {HOME}", "",
                "the account holdfast-plan, which may have been there before",
                f"grep ^holdfast-plan: /etc/passwd && ls {HOME}/.ssh/authorized_keys"),
    "home": (f"mkdir {HOME}", "", "the account holdfast-plan, which may have been there before", f"ls -d {HOME}"),
    "more": ("", f"touch {HOME}/.ssh/more", f"the folder {HOME}, in which there is more",
             f"! grep ^holdfast-plan: /etc/passwd && ls {HOME}/.ssh/more"),
    "rule": ("", "echo '# mine' >>/etc/sudoers.d/holdfast-plan",
             "the rule /etc/sudoers.d/holdfast-plan, which somebody changed", "grep mine /etc/sudoers.d/holdfast-plan"),
    "link": ("", f"rm -r {HOME}/.ssh && ln -s /root/.ssh {HOME} && chown holdfast-plan {HOME}",
             f"the folder {HOME}, in which there is more", "ls /root/.ssh/authorized_keys"),
}


@pytest.mark.parametrize("earlier, later, stays, there", NOT_OURS.values(), ids=NOT_OURS.keys())
def test_what_prepare_did_not_make_stays_and_is_said(host, site, earlier, later, stays, there):
    host.sh(earlier or ":")
    prepare(site)
    host.sh(later or ":")
    assert f"nothing of holdfast is left there but {stays}. Take it out" in site.run("retire", host.name, "--yes").out
    assert host.sh(there) != "" and host.sh("ls -d /usr/local/lib/holdfast 2>/dev/null", check=False) == ""


def test_no_key_is_written_where_the_account_can_put_a_link(host, site):
    host.sh(f"useradd --system --create-home --home-dir {HOME} holdfast-plan; ln -s /root/.ssh {HOME}/.ssh")
    before = host.read("/root/.ssh/authorized_keys")
    refused = site.run("prepare", "lab", "--key", site.lab.variables["HOLDFAST_LAB_KEY"] + ".pub", expect=1)
    assert f"{HOME} is not root's alone" in refused.err and "userdel -r holdfast-plan" in refused.err
    assert host.read("/root/.ssh/authorized_keys") == before


def test_the_account_that_retires_its_host_stays(host, site):
    prepare(site)
    host.sh("echo 'holdfast-plan ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/more")
    site.inventory([host], user="holdfast-plan")
    told = site.run("retire", host.name, "--yes").out
    assert "left there but the account holdfast-plan, by which this was done. Take it out" in told
    assert host.ssh("id -un", user="holdfast-plan").out == "holdfast-plan\n"
