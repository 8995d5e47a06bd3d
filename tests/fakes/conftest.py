import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support"), str(HERE / "runner")]
from github.server import Github  # noqa: E402


class Answer:
    def __init__(self, status, headers, raw):
        self.status, self.headers, self.raw = status, headers, raw

    @property
    def json(self):
        return json.loads(self.raw) if self.raw else None


class Client:
    """Asks as any client would. Called: (verb, path, body) → Answer."""

    def __init__(self, base, token=None, context=None):
        self.base, self.token, self.context = base, token, context

    def __call__(self, verb, path, body=None, *, headers=None, raw=None, timeout=30):
        request = urllib.request.Request(self.base + path, method=verb, data=raw if raw is not None else None if body is None else json.dumps(body).encode())
        request.add_header("User-Agent", "holdfast-tests")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=timeout, context=self.context) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.status, error.headers, error.read())


def check_with_ajv(exchanges):
    """What ajv, with the description as GitHub publishes it, has against what was asked and answered."""
    done = subprocess.run(["node", str(HERE / "validate.mjs")], input=json.dumps(exchanges), capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), f"validate.mjs failed; ./dev setup installs what it needs\n{done.stderr}"
    return json.loads(done.stdout)


@pytest.fixture
def github():
    with Github() as made:
        yield made
    assert made.defects == [], "the stand-in itself breaks GitHub's description"


@pytest.fixture
def token(github):
    return github.store.add_token().value


@pytest.fixture
def ask(github, token):
    return Client(github.url, token)
