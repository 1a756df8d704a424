"""Asks a clinic over HTTP, as browsers do: with a cookie, and with a new key for each wish."""

import http.client
import json
import random
import uuid

# Addresses that a proxy may name as those who ask (RFC 2544: for tests). Each patient has her own, so
# that the limit by source stops nobody who is only being prepared.
ADDRESSES = random.Random("addresses")


def new_key(chance: random.Random) -> str:
    """An Idempotency-Key, the same in each run with the same seed."""
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def new_address(chance: random.Random) -> str:
    """An address of nobody."""
    return f"198.18.{chance.randrange(256)}.{chance.randrange(1, 255)}"


class Refused(Exception):
    """What was asked while preparing was not granted."""


class Browser:
    """Somebody with cookies."""

    def __init__(self, server: str, cookie: str = "") -> None:
        self.server = server
        self.cookie = cookie
        self.address = new_address(ADDRESSES)

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, object]:
        """Asks once, keeps the cookie that is set, and tells the status and the answer."""
        headers = {"X-Forwarded-For": self.address, "Idempotency-Key": str(uuid.uuid4())}
        if self.cookie:
            headers["Cookie"] = self.cookie
        if method == "POST":
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(self.server, timeout=60)
        try:
            sent = json.dumps(body or {}) if method == "POST" else None
            connection.request(method, path, sent, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            kept = answer.getheader("Set-Cookie")
        finally:
            connection.close()
        if kept:
            self.cookie = kept.partition(";")[0]
        is_json = "json" in (answer.getheader("Content-Type") or "")
        return answer.status, json.loads(text) if is_json else text

    def get(self, path: str) -> dict:
        """Reads, or says what was answered instead."""
        return self._granted("GET", path, None)

    def post(self, path: str, **body: object) -> dict:
        """Has something done, or says what was answered instead."""
        return self._granted("POST", path, body)

    def _granted(self, method: str, path: str, body: object) -> dict:
        status, answer = self.ask(method, path, body)
        if status >= 300:
            raise Refused(f"{method} {path} {body}: {status} {answer}")
        return answer if isinstance(answer, dict) else {}

    def sign_in(self, name: str, password: str) -> dict:
        """Signs in; the cookie is kept."""
        return self.post("/api/sign-in", name=name, password=password)
