"""What schemathesis calls around each request: who asks, of which visit, and what was answered.

A generated request names ids that nobody has, and would never get past the door. So the parts of a request
that are as they should be are given ids of the scene that its operation plays in; the parts that are wrong
on purpose stay as they are.
"""

import json
import os
import random

import schemathesis
from schemathesis.core.parameters import ParameterLocation

from clinic_client import new_address, new_key

with open(os.environ["CLINIC_FUZZ_STAGE"], encoding="utf-8") as file:
    STAGE = json.load(file)

CHANCE = random.Random(f"{STAGE['seed']} {STAGE['role']}")
ANSWERS = open(os.environ["CLINIC_FUZZ_ANSWERS"], "a", encoding="utf-8")
TURNS: dict[str, int] = {}
# A read waits some seconds for a position that is not there yet and then answers 503, as it should: that
# is tested elsewhere, and would take the whole run's time here.
NEAR = 10
LARGEST = 2**64 - 1


def as_it_should(case: schemathesis.Case, location: ParameterLocation) -> bool:
    """Whether this part of a request was made to fit the description."""
    part = case.meta.components.get(location) if case.meta else None
    return part is not None and part.mode.is_positive


def scene(operation: str) -> dict:
    """The next scene of an operation, in turn."""
    scenes = STAGE["scenes"].get(operation) or STAGE["scenes"]["anything"]
    turn = TURNS.get(operation, 0)
    TURNS[operation] = turn + 1
    return scenes[turn % len(scenes)]


def fresh(value: object) -> object:
    """The value, or a new word where the scene wants one that nobody has."""
    return f"fuzz-{CHANCE.getrandbits(40):x}" if value == "{fresh}" else value


def whole(value: object) -> object:
    """`2.0` as `2`: to a schema both are integers, to our reader of bodies only the latter is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw["operationId"]
    played = scene(operation)
    if as_it_should(case, ParameterLocation.PATH):
        for name in case.path_parameters:
            case.path_parameters[name] = played["path"].get(name, STAGE["path"].get(name))
    if as_it_should(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        # Every other wish was decided on another screen than the one there is: that is refused as stale.
        if TURNS[operation] % 2:
            case.body.pop("seen", None)
        for name, value in played.get("body", {}).items():
            case.body[name] = fresh(value)
        case.body = {name: whole(value) for name, value in case.body.items()}
    if as_it_should(case, ParameterLocation.HEADER) and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = new_key(CHANCE)
    waits_for = (case.query or {}).get("at_least")
    if isinstance(waits_for, (int, str)) and str(waits_for).isdecimal():
        if NEAR < int(waits_for) <= LARGEST:
            case.query["at_least"] = int(waits_for) % NEAR
    case.headers["Cookie"] = played.get("cookie", STAGE["cookie"])
    case.headers["X-Forwarded-For"] = new_address(CHANCE)


@schemathesis.hook
def after_call(context, case, response):
    made = case.meta.generation.mode.value if case.meta else ""
    line = {
        "operation": f"{case.operation.method.upper()} {case.operation.path}",
        "asked": f"{response.request.method} {response.request.url}",
        "made": made,
        "status": response.status_code,
        "answer": response.content.decode(errors="replace") if response.content else "",
    }
    ANSWERS.write(json.dumps(line) + "\n")
    ANSWERS.flush()
