"""config.sh: registers the runner, and takes it away."""

import base64
import hashlib
import json
import os
import random
import re
import secrets
import socket
import urllib.parse

from . import common
from .common import Request

SYSTEM_LABELS = ["self-hosted", "Linux", "X64"]
NAME_LIMIT, SCOPE_LIMIT = 150, 70
HOSTED = ("github.com", "www.github.com")


class Wrong(Exception):
    """What ends it with exit code 1."""


def wanted(given, name, default=None):
    value = given.value(name, default)
    if not value:
        raise Wrong(f"Invalid configuration provided for {name}. Terminating unattended configuration.")
    return value


def api_of(url):
    """Where the REST API of a web address is."""
    baked = os.path.join(common.BIN, "server")
    if os.path.exists(baked):
        with open(baked, encoding="utf-8") as file:
            return file.read().strip()
    parts = urllib.parse.urlsplit(url)
    if not parts.scheme or not parts.hostname:
        raise Wrong(f"Invalid configuration provided for url: '{url}'. Terminating unattended configuration.")
    if parts.hostname in HOSTED:
        return "https://api.github.com"
    return f"{parts.scheme}://{parts.netloc}/api/v3"


def scope_path(url):
    parts = [p for p in urllib.parse.urlsplit(url).path.split("/") if p]
    if len(parts) == 2 and parts[0] == "enterprises":
        return f"/enterprises/{parts[1]}"
    if len(parts) not in (1, 2):
        raise Wrong(f"'{url}' should point to an org or enterprise.")
    return ("/orgs/" if len(parts) == 1 else "/repos/") + "/".join(parts)


def runner_token(given, url, purpose):
    """The token that was given, or one got with --pat."""
    pat = given.value("pat")
    if pat:
        basic = base64.b64encode(f"github:{pat}".encode()).decode()
        name = "registration" if purpose == "register" else "remove"
        return Request("POST", f"{api_of(url)}{scope_path(url)}/actions/runners/{name}-token", bearer=basic, scheme="Basic").send()["token"]
    return wanted(given, "token")


def log_in(given, url, purpose):
    """A bearer token that may register, or remove."""
    answer = Request("POST", f"{api_of(url)}/actions/runner-registration", bearer=runner_token(given, url, purpose), scheme="RemoteAuth",
                     body={"url": url, "runner_event": purpose}).send()
    return answer["token"]


def choose_group(api, bearer, name):
    groups = Request("GET", f"{api}/actions/runner-groups", bearer=bearer).send()
    if not name:
        return next(g for g in groups if g["default"])
    found = next((g for g in groups if g["name"].lower() == name.lower()), None)
    if found is None:
        raise Wrong(f"Could not find any self-hosted runner group named \"{name}\".")
    return found


def write(name, text, mode=0o644):
    descriptor = os.open(common.path(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def configure(given, log):
    if given.flag("generateserviceconfig"):
        if not common.configured():
            raise Wrong("--generateServiceConfig requires that the runner is already configured. To configure a new runner as a service, run './config.sh'.")
        generate_service(common.read_json(".runner"))
        return
    if common.configured():
        raise Wrong("Cannot configure the runner because it is already configured. To reconfigure the runner, run 'config.cmd remove' or "
                    "'./config.sh remove' first.")
    if given.flag("no-default-labels") and not given.value("labels"):
        raise Wrong("--no-default-labels needs --labels")
    url = wanted(given, "url")
    bearer = log_in(given, url, "register")
    log.say("\n√ Connected to GitHub\n")
    register(given, log, url, bearer)
    generate_service(common.read_json(".runner"))
    log.say("√ Settings Saved.\n")


def register(given, log, url, bearer):
    api, name = api_of(url), given.value("name", socket.gethostname())
    group = choose_group(api, bearer, given.value("runnergroup"))
    exists = bool(Request("GET", f"{api}/actions/runners?{urllib.parse.urlencode({'name': name})}", bearer=bearer).send())
    if exists:
        log.say("A runner exists with the same name")
        if not given.flag("replace"):
            raise Wrong(f"A runner exists with the same name {name}.")
    labels = [text.strip() for text in (given.value("labels") or "").split(",") if text.strip()]
    key = secrets.token_hex(32)
    answer = Request("POST", f"{api}/actions/runners/register", bearer=bearer, body={
        "name": name, "group_id": group["id"], "labels": labels, "system_labels": [] if given.flag("no-default-labels") else SYSTEM_LABELS,
        "replace": given.flag("replace"), "ephemeral": given.flag("ephemeral"), "updates_disabled": given.flag("disableupdate"),
        "version": common.version(), "public_key": hashlib.sha256(key.encode()).hexdigest(), "work": given.value("work", "_work")}).send()
    log.say("√ Successfully replaced the runner" if exists else "√ Runner successfully added")
    write(".credentials_rsaparams", json.dumps({n: key if n == "d" else "AQAB" for n in ("d", "dp", "dq", "exponent", "inverseQ", "modulus", "p", "q")}), 0o600)
    write(".credentials", answer["files"][".credentials"])
    settings = json.loads(answer["files"][".runner"].lstrip(common.MARK))
    settings["gitHubUrl"] = url
    write(".runner", common.MARK + json.dumps(settings, indent=2))
    log.say("√ Runner connection is good")


def service_name(settings):
    scope = re.sub(r"[^0-9A-Za-z._-]", "-", urllib.parse.urlsplit(settings["gitHubUrl"]).path.strip("/"))
    name = settings["agentName"]
    made = f"actions.runner.{scope}.{name}.service"
    if len(made) <= NAME_LIMIT:
        return made
    # Cut, it could be another's: a number at random tells them apart.
    number, scope = random.randint(1000, 9998), scope[:SCOPE_LIMIT]
    room = NAME_LIMIT - len(f"actions.runner.{scope}..service") - len(f"-{number}")
    return f"actions.runner.{scope}.{name[:room]}-{number}.service"


def generate_service(settings):
    with open(os.path.join(common.BIN, "systemd.svc.sh.template"), encoding="utf-8") as file:
        text = file.read()
    name = service_name(settings)
    description = f"GitHub Actions Runner ({name[len('actions.runner.'):-len('.service')]})"
    write("svc.sh", text.replace("{{SvcNameVar}}", name).replace("{{SvcDescription}}", description), 0o755)
    os.chmod(common.path("svc.sh"), 0o755)


def delete_files(log):
    for what, names in {".credentials": (".credentials", ".credentials_migrated", ".credentials_rsaparams"), ".runner": (".runner", ".runner_migrated")}.items():
        if os.path.exists(common.path(names[0])):
            log.say(f"√ Removed {what}")
        else:
            log.say(f"Does not exist. Skipping Removing {what}")
        for name in names:
            if os.path.exists(common.path(name)):
                os.unlink(common.path(name))


def remove(given, log):
    if given.flag("local"):
        delete_files(log)
        return
    if os.path.exists(common.path(".service")):
        raise Wrong("Uninstall service first")
    if not common.configured() or not os.path.exists(common.path(".credentials")):
        log.say("Cannot connect to server, because config files are missing. Skipping removing runner from the server.")
    else:
        settings = common.read_json(".runner")
        url = settings["gitHubUrl"]
        bearer = log_in(given, url, "remove")
        try:
            Request("POST", f"{api_of(url)}/actions/runners/remove", bearer=bearer, body={"id": settings["agentId"]}).send()
            log.say("√ Runner removed successfully")
        except common.Answered as error:
            if error.status != 404:
                raise
            log.say("Does not exist. Skipping Removing runner from the server")
    delete_files(log)
