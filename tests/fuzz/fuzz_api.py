"""Fuzzes a real `clinic serve` over HTTP with schemathesis, as each of those who use it.

Usage: fuzz_api.py FOLDER [--seed N] [--max-examples N] [--only ROLE]

It ends with 1 if an answer was not as described, if too few operations ever did what was asked, if an
answer named somebody of another clinic, or if the log that is left does not hold. `docs/testing.md` says
more. Each answer is left in FOLDER, one JSON document a line.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

from clinic_client import Browser
import stage

HERE = pathlib.Path(__file__).resolve().parent
# The program as it is built; on Unix cargo becomes it, and signals reach it.
CLINIC = [os.environ.get("CARGO", "cargo"), "run", "--quiet", "--locked"]
CLINIC += ["--manifest-path", str(HERE.parents[1] / "Cargo.toml"), "-p", "clinic-server", "--"]
# Of all operations but those that are left out, so many per cent have to do what was asked at least once.
SHARE = 80
# Longest a whole run of one role may take, in seconds: it ends by itself long before.
PATIENCE = 1_800
# Streams never end; they have tests of their own.
STREAMS = "/stream$"
# What ends or changes the session of whoever asks: it is tried with sessions that nobody needs.
SESSIONS = "^/api/(accept-invitation|change-password|sign-in|sign-out|sign-out-everywhere|not-you)$"
# Names that only another clinic knows. Nobody there is ever asked as, so no answer may hold one.
CANARY = "Quetzalcoatlus"
CONFIG = """
hooks = '{hooks}'

[checks]
# Bodies that fit their description can still be refused: for want of a right (403), of anything that the
# asker may know of (404), of a session (401), as things are (409), by a rule for texts that no schema
# tells (422), by a limit of the door (429). They cannot be unreadable (400).
positive_data_acceptance.expected-statuses = ["2xx", 304, 401, 403, 404, 409, 422, 429]
negative_data_rejection.expected-statuses = ["4xx"]
# Needs to know what sets a session, and takes `no cookie` for a way in: tests/golden/rights.txt has
# every route for everybody.
ignored_auth.enabled = false
object_level_authorization.enabled = false
"""


class Server:
    """A `clinic serve` on a port of its own."""

    def __init__(self, log: pathlib.Path, errors: pathlib.Path) -> None:
        words = [*CLINIC, "serve", "--listen", "127.0.0.1:0", "--log", f"sqlite:{log}"]
        words += ["--behind-proxy", "127.0.0.1", "--log-level", "warn"]
        self.errors = open(errors, "a", encoding="utf-8")
        self.process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=self.errors, text=True
        )
        told = ""
        while "Press Ctrl-C" not in told:
            line = self.process.stdout.readline()
            if not line:
                raise SystemExit(f"the server did not start: {told} (see {errors})")
            told += line
        self.address = re.search(r"http://([0-9.]+:[0-9]+)/", told).group(1)
        self.passwords = dict(re.findall(r"^  (\w+) +([a-z0-9-]+)  ", told, re.MULTILINE))

    def end(self) -> None:
        """Interrupts it, as somebody at the terminal would, and waits for the end."""
        self.process.send_signal(signal.SIGINT)
        if self.process.wait(timeout=60) != 0:
            raise SystemExit("the server did not end well")


def found_other(log: pathlib.Path) -> None:
    """Founds the clinic whose names nobody may be told."""
    words = [*CLINIC, "init", "--log", f"sqlite:{log}", "--name", "Elsewhere", "--sign-in", "other"]
    words += ["--owner", f"Olga {CANARY}", "--password-stdin"]
    subprocess.run(words, input=stage.PASSWORD, text=True, check=True, stdout=subprocess.DEVNULL)


def furnish_other(server: str) -> dict:
    """Puts people into it, and tells ids by which somebody may ask for them."""
    other = stage.Clinic(server, "other", stage.PASSWORD)
    room = other.room("Elsewhere", [other.owner_id])
    visit, _patient = other.patient(room, f"Petra {CANARY}")
    other.visit_post(other.owner, visit, "add-note", note=f"About Petra {CANARY}")
    shown = other.owner.get(f"{other.path}/visits/{visit}")
    if CANARY not in json.dumps(shown):
        raise SystemExit("the other clinic's own answers do not name its people: nothing would be found")
    return {"clinic": other.clinic, "room": room, "visit": visit, "member": other.owner_id}


class Run:
    """What is the same for all roles."""

    def __init__(self, arguments: argparse.Namespace, server: Server) -> None:
        self.arguments = arguments
        self.server = server
        self.folder = pathlib.Path(arguments.folder).resolve()

    def fuzz(self, role: str, prepared: dict, only_sessions: bool) -> bool:
        """Fuzzes as one role, and tells whether every answer was as described."""
        files = {
            "stage": self.folder / f"{role}.stage.json",
            "answers": self.folder / f"{role}.answers.jsonl",
            "config": self.folder / "schemathesis.toml",
        }
        files["stage"].write_text(json.dumps(prepared | {"seed": self.arguments.seed, "role": role}))
        files["answers"].unlink(missing_ok=True)
        files["config"].write_text(CONFIG.format(hooks=HERE / "fuzz_hooks.py"))
        program = pathlib.Path(sys.executable).with_name("schemathesis")
        words = [program, "--config-file", files["config"], "run"]
        words += [f"http://{self.server.address}/openapi.json", "--url", f"http://{self.server.address}"]
        words += ["--phases", "examples,coverage,fuzzing", "--checks", "all", "--warnings", "off"]
        words += ["--seed", self.arguments.seed, "--max-examples", self.arguments.max_examples]
        words += ["--generation-database", "none", "--no-color"]
        words += ["--request-timeout", 60, "--output-truncate", "false"]
        # The hooks bring real cookies; made-up ones of the same names would take their place.
        words += ["--generation-with-security-parameters", "false"]
        # It takes those that the hooks bring for made-up ones; naming all checks turns it on, whatever the
        # file says.
        words += ["--exclude-checks", "ignored_auth"]
        # A second pattern of one kind would replace the first.
        chosen = ["include", SESSIONS] if only_sessions else ["exclude", f"{STREAMS}|{SESSIONS}"]
        words += [f"--{chosen[0]}-path-regex", chosen[1]]
        told = self.folder / f"{role}.txt"
        environment = os.environ | {
            "CLINIC_FUZZ_STAGE": str(files["stage"]),
            "CLINIC_FUZZ_ANSWERS": str(files["answers"]),
            "PYTHONPATH": str(HERE),
        }
        with open(told, "w", encoding="utf-8") as out:
            done = subprocess.run(
                [str(word) for word in words],
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=environment,
                timeout=PATIENCE,
                check=False,
            )
        if done.returncode != 0:
            print(told.read_text())
        return done.returncode == 0

    def answers(self, role: str) -> list[dict]:
        """What a role was answered."""
        with open(self.folder / f"{role}.answers.jsonl", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]


def stages(server: Server) -> dict:
    """Who asks, and how her stage is prepared."""
    clinic = stage.Clinic(server.address, "admin", server.passwords["admin"])
    others = furnish_other(server.address)
    desk = Browser(server.address)
    receptionist = desk.sign_in("reception", server.passwords["reception"])["member"]
    admin = clinic.owner_id
    return {
        "patient": lambda: stage.of_patients(clinic, others),
        "receptionist": lambda: stage.of_members(clinic, desk.cookie, receptionist, others),
        "admin": lambda: stage.of_members(clinic, clinic.owner.cookie, admin, others),
        "sessions": lambda: stage.of_sessions(clinic),
    }


def told(role: str, answers: list[dict], took: float) -> None:
    """One line of figures."""
    statuses = collections.Counter(answer["status"] for answer in answers)
    operations = len({answer["operation"] for answer in answers})
    shown = " ".join(f"{status}:{count}" for status, count in sorted(statuses.items()))
    print(f"{role}: {operations} operations, {len(answers)} requests, {took:.0f} s; {shown}", flush=True)


def reached(server: str, answers: list[dict]) -> list[str]:
    """What is wrong with how many operations ever did what was asked."""
    document = Browser(server).get("/openapi.json")
    there = {
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method in item
        if not re.search(STREAMS, path)
    }
    done = {answer["operation"] for answer in answers if 200 <= answer["status"] < 300} & there
    never = sorted(there - done)
    share = 100 * len(done) // len(there)
    print(f"{len(done)} of {len(there)} operations did what was asked: {share} %; never did:")
    print("\n".join(f"  {one}" for one in never))
    return [] if share >= SHARE else [f"fewer than {SHARE} % of the operations did what was asked"]


def leaks(answers: list[dict]) -> list[str]:
    """Answers that name somebody of another clinic."""
    found = [answer["asked"] for answer in answers if CANARY in answer["answer"]]
    return [f"names somebody of another clinic: {asked}" for asked in found]


def broken(answers: list[dict]) -> list[str]:
    """Answers that say that the server is at fault."""
    found = [answer for answer in answers if answer["status"] >= 500]
    return [f"{answer['status']}: {answer['asked']}" for answer in found]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--max-examples", type=int, default=30)
    parser.add_argument("--only", help="one role: patient, receptionist, admin or sessions")
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.folder).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    log, errors = folder / "clinic.db", folder / "server.txt"

    first = Server(log, errors)
    passwords = first.passwords
    first.end()
    found_other(log)
    server = Server(log, errors)
    server.passwords = passwords
    run, wrong, everything = Run(arguments, server), [], []
    try:
        for role, prepare in stages(server).items():
            if arguments.only in (None, role):
                begun = time.monotonic()
                if not run.fuzz(role, prepare(), role == "sessions"):
                    wrong.append(f"{role}: answers that are not as described, see {role}.txt")
                answers = run.answers(role)
                told(role, answers, time.monotonic() - begun)
                everything += answers
        wrong += broken(everything) + leaks(everything)
        if arguments.only is None:
            wrong += reached(server.address, everything)
        if Browser(server.address).ask("GET", "/readyz")[0] != 200:
            wrong.append("the server does not answer any more")
    finally:
        server.end()
    verify = [*CLINIC, "verify", "--log", f"sqlite:{log}"]
    if subprocess.run(verify, check=False).returncode != 0:
        wrong.append("clinic verify fails")
    print("\n".join(f"wrong: {one}" for one in wrong) or "nothing is wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
