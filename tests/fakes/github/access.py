"""Who may do what, and how often: tokens, their scopes and permissions, rate limits."""

import base64
import time

from .store import Refused, instant

CLASSIC = {"repository": "repo", "organization": "admin:org", "enterprise": "manage_runners:enterprise"}
FINE = {"repository": "administration", "organization": "organization_self_hosted_runners"}
STRENGTH = {"read": 1, "write": 2}


def token_of(store, header, now):
    """The token that a request came with; refused with 401 where there is none that counts."""
    if not header:
        raise Refused(401, "Requires authentication")
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            value = base64.b64decode(value).decode().partition(":")[2]
        except ValueError:
            value = ""
    token = store.tokens.get(value.strip()) if scheme.lower() in ("token", "bearer", "basic") else None
    if token is None or not token.usable(now):
        raise Refused(401, "Bad credentials")
    return token


def token_headers(token):
    headers = {}
    if token.expires is not None:
        headers["github-authentication-token-expiration"] = instant(token.expires).strftime("%Y-%m-%d %H:%M:%S UTC")
    if token.kind == "classic":
        headers["X-OAuth-Scopes"] = ", ".join(token.scopes)
    return headers


def allow(token, scope, write):
    """Refuses what the token was not given; returns the headers that say what is wanted."""
    if token.sso_wanted:
        raise Refused(403, "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.",
                      headers={"X-GitHub-SSO": f"required; url=https://github.com/orgs/{scope.name.split('/')[0]}/sso"})
    if token.kind == "classic":
        wanted = CLASSIC[scope.kind]
        headers = {"X-Accepted-OAuth-Scopes": wanted}
        if wanted not in token.scopes:
            # What a token can't even see is not there.
            if scope.kind == "repository":
                raise Refused(404, "Not Found", headers=headers)
            what = "an organization owner" if scope.kind == "organization" else "an enterprise admin"
            raise Refused(403, f"You must be {what} or have the {wanted} scope.", headers=headers)
        return headers
    wanted = FINE.get(scope.kind)
    level = "write" if write else "read"
    headers = {"X-Accepted-GitHub-Permissions": f"{wanted}={level}"} if wanted else {}
    if token.owners and scope.name not in token.owners and scope.name.split("/")[0] not in token.owners:
        raise Refused(404, "Not Found", headers=headers)
    if wanted is None or STRENGTH.get(token.permissions.get(wanted), 0) < STRENGTH[level]:
        raise Refused(403, "Resource not accessible by personal access token", headers=headers)
    return headers


class Limits:
    """The primary limit counts requests in an hour; the secondary one is switched on by a test."""

    def __init__(self):
        self.limit, self.used, self.reset = 5000, 0, time.time() + 3600
        self.secondary_until, self.secondary_status, self.retry_after = 0.0, 403, True

    def exhaust(self, seconds):
        self.used, self.reset = self.limit, time.time() + seconds

    def hold_off(self, seconds, *, status=403, retry_after=True):
        self.secondary_until, self.secondary_status, self.retry_after = time.time() + seconds, status, retry_after

    def _renew(self, now):
        if now >= self.reset:
            self.used, self.reset = 0, now + 3600

    def headers(self):
        return {"x-ratelimit-limit": str(self.limit), "x-ratelimit-remaining": str(max(0, self.limit - self.used)),
                "x-ratelimit-used": str(self.used), "x-ratelimit-reset": str(int(self.reset) + 1), "x-ratelimit-resource": "core"}

    def json(self):
        row = {"limit": self.limit, "used": self.used, "remaining": max(0, self.limit - self.used), "reset": int(self.reset) + 1}
        return {"resources": {"core": row, "search": {**row, "limit": 30}}, "rate": row}

    def count(self):
        """One request more; refused where it is one too many."""
        now = time.time()
        self._renew(now)
        if now < self.secondary_until:
            wait = {"Retry-After": str(int(self.secondary_until - now) + 1)} if self.retry_after else {}
            raise Refused(self.secondary_status, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", headers=wait)
        if self.used >= self.limit:
            raise Refused(403, "API rate limit exceeded for user ID 1.")
        self.used += 1

    def give_back(self):
        """A conditional request whose answer had not changed is not counted."""
        self.used = max(0, self.used - 1)
