"""Prepares a clinic for a run: rooms, members and visits, in the state that each operation needs.

A stage says who asks, and for each operation in which scenes: the ids in its path, some fields of its body,
and, where it is not the one who asks everywhere else, whose cookie it comes with.
"""

from clinic_client import Browser

PASSWORD = "a long walk by the sea"
LABEL = "Payment"
ACCEPT_WINDOW = 3_600_000

POLICY = {
    "queue_limit": 1000,
    "arrivals": "original_check_in",
    "undo_window_ms": ACCEPT_WINDOW,
    "reopen_window_ms": ACCEPT_WINDOW,
    "wait_warn_ms": 600_000,
    "wait_late_ms": 1_200_000,
    "return_alert": 3,
    "consent": None,
    "call_link": None,
    "no_show_after_ms": None,
}


class Clinic:
    """A clinic, with an Owner who is signed in to prepare it."""

    def __init__(self, server: str, name: str, password: str) -> None:
        self.server = server
        self.owner = Browser(server)
        me = self.owner.sign_in(name, password)
        self.owner_id = me["member"]
        self.clinic = me["clinic"]
        self.path = f"/api/clinics/{self.clinic}"
        self.count = 0

    def word(self, start: str) -> str:
        """A word that nothing in this clinic is called by."""
        self.count += 1
        return f"{start}-{self.count}"

    def room(self, name: str, assigned: list[str], window: int | None = None) -> str:
        """A shared room."""
        slug = self.word(name.lower())
        room = self.owner.post(f"{self.path}/open-room", name=name, slug=slug)["room"]
        for member in assigned:
            self.owner.post(f"{self.path}/rooms/{room}/assign-member", member=member)
        policy = POLICY | {"accept_window_ms": window}
        self.owner.post(f"{self.path}/rooms/{room}/set-policy", **policy)
        self.owner.post(f"{self.path}/rooms/{room}/set-checklist", labels=[LABEL, "Rebook"])
        return room

    def member(self, name: str) -> str:
        """A member without an account."""
        return self.owner.post(f"{self.path}/add-member", name=name, role="member")["member"]

    def invitation(self, member: str) -> str:
        """The token of an invitation."""
        return self.owner.post(f"{self.path}/members/{member}/invite")["token"]

    def colleague(self, rooms: list[str], sign_in: str | None = None) -> Browser:
        """A member who is assigned to these rooms and has signed in."""
        member = self.member("Colleague")
        for room in rooms:
            self.owner.post(f"{self.path}/rooms/{room}/assign-member", member=member)
        browser = Browser(self.server)
        token, sign_in = self.invitation(member), sign_in or self.word("colleague")
        browser.post("/api/accept-invitation", token=token, name=sign_in, password=PASSWORD)
        return browser

    def newcomer(self) -> Browser:
        """Somebody who has opened a check-in link, and no more."""
        browser = Browser(self.server)
        browser.post("/api/not-you")
        return browser

    def patient(self, room: str, name: str = "Pat") -> tuple[str, Browser]:
        """A visit that waits, and the browser of its patient."""
        browser = self.newcomer()
        path = f"{self.path}/rooms/{room}/check-in"
        return browser.post(path, name=name, reason="a cough")["visit"], browser

    def visit(self, room: str) -> str:
        """A visit that waits."""
        return self.patient(room)[0]

    def own(self, room: str) -> dict:
        """A scene of a patient with her visit."""
        visit, patient = self.patient(room)
        return {"path": {"visit": visit}, "cookie": patient.cookie}

    def visit_post(self, by: Browser, visit: str, verb: str, **body: object) -> dict:
        """Has something done with a visit."""
        return by.post(f"{self.path}/visits/{visit}/{verb}", **body)

    def transferred(self, room: str, to: str) -> dict:
        """A scene with a visit that was sent on, and its transfer."""
        visit = self.visit(room)
        transfer = self.visit_post(self.owner, visit, "transfer", to=to)["transfer"]
        return {"path": {"visit": visit}, "body": {"transfer": transfer}}

    def in_call(self, room: str, rooms: list[str]) -> dict:
        """A scene of a member who is in call."""
        by, visit = self.colleague(rooms), self.visit(room)
        self.visit_post(by, visit, "start-call")
        return {"path": {"visit": visit}, "cookie": by.cookie}

    def on_hold(self, room: str, rooms: list[str]) -> str:
        """A visit whose call is paused."""
        called = self.in_call(room, rooms)
        by = Browser(self.server, called["cookie"])
        self.visit_post(by, called["path"]["visit"], "pause-call")
        return called["path"]["visit"]


def of_members(clinic: Clinic, cookie: str, member: str, others: dict) -> dict:
    """What a member works with. `others` are ids of another clinic, which she asks for now and then."""
    both = sorted({member, clinic.owner_id})
    desk, aside = clinic.room("Desk", both), clinic.room("Aside", both)
    annex = clinic.room("Annex", both, ACCEPT_WINDOW)
    spare = [clinic.room("Spare", []) for _ in range(4)]
    rooms = [desk, aside, annex]
    waiting = [clinic.visit(desk) for _ in range(6)]
    held = [clinic.on_hold(desk, rooms) for _ in range(2)]
    at = lambda visit, **body: {"path": {"visit": visit}, "body": body}
    room = lambda room, **body: {"path": {"room": room}, "body": body}
    foreign = [{"path": others}, {"path": {**others, "clinic": clinic.clinic}}]
    scenes = {
        "anything": [{"path": {}}] * 8 + foreign,
        "start_call": [at(one, pausing=True) for one in waiting[:2] + held],
        "call_next": [room(desk, pausing=True)],
        "transfer": [at(one, to=aside) for one in (waiting[2], held[0])],
        "tick_checklist": [at(waiting[3], label=LABEL)],
        "close_visit": [at(clinic.visit(desk), reason="no_show", why=None)],
        "accept_transfer": [clinic.transferred(desk, annex) for _ in range(2)],
        "decline_transfer": [clinic.transferred(desk, annex) for _ in range(2)],
        "undo_transfer": [clinic.transferred(desk, aside) for _ in range(2)],
        "merge_visits": [at(clinic.visit(desk), survivor=waiting[4]) for _ in range(2)],
        "reopen_visit": [],
        "transfer_all": [room(clinic.room("Moving", both), to=aside)],
        "close_all": [room(clinic.room("Closing", both), reason="end_of_day", why=None)],
        "open_room": [{"path": {}, "body": {"slug": "{fresh}", "personal": None}}],
    }
    for scene in scenes["transfer_all"] + scenes["close_all"]:
        clinic.visit(scene["path"]["room"])
    for _ in range(2):
        closed = clinic.visit(desk)
        clinic.visit_post(clinic.owner, closed, "close-visit", reason="no_show")
        scenes["reopen_visit"].append(at(closed))
    for operation in ("join", "end_call", "pause_call"):
        call = clinic.in_call(desk, rooms)
        scenes[operation] = [call, {"path": call["path"]}]
    scenes |= of_administration(clinic, spare, desk)
    path = {"clinic": clinic.clinic, "room": desk, "visit": waiting[5], "member": member}
    return {"cookie": cookie, "path": path | {"slug": "reception"}, "scenes": scenes}


def of_administration(clinic: Clinic, spare: list[str], desk: str) -> dict:
    """Rooms and members that may be spoiled."""
    members = [clinic.member("Spare Member") for _ in range(6)]
    disable = f"{clinic.path}/members/{members[1]}/disable-member"
    clinic.owner.post(disable)
    clinic.owner.post(f"{clinic.path}/rooms/{spare[1]}/assign-member", member=members[5])
    clinic.owner.post(f"{clinic.path}/rooms/{spare[2]}/suspend-room", message="Back soon.")
    of = lambda member: [{"path": {"member": member}}]
    room = lambda room, **body: [{"path": {"room": room}, "body": body}]
    changed = ("rename_room", "set_checklist", "set_hours", "set_passcode", "set_policy", "set_texts")
    return {
        "change_role": of(members[0]),
        "enable_member": of(members[1]),
        "disable_member": of(members[2]),
        "invite": of(members[3]),
        "remove_member": of(members[4]),
        "rename_member": of(members[3]),
        "archive_room": room(spare[0]),
        "assign_member": room(spare[1], member=members[0]),
        "unassign_member": room(spare[1], member=members[5]),
        "suspend_room": room(spare[3]),
        "lift_suspension": room(spare[2]),
        "change_slug": room(spare[3], slug="{fresh}"),
        "set_zone": [{"path": {}, "body": {"zone": zone}} for zone in ("UTC", "Europe/Berlin")],
    } | {operation: room(spare[3]) for operation in changed}


def of_patients(clinic: Clinic, others: dict) -> dict:
    """What a patient works with: her own visit, the door, and what is not hers."""
    desk = clinic.room("Waiting", [clinic.owner_id])
    visit, patient = clinic.patient(desk)
    somebody = clinic.visit(desk)
    called = clinic.own(desk)
    by = clinic.colleague([desk])
    clinic.visit_post(by, called["path"]["visit"], "start-call")
    doors = [desk] + [clinic.room("Door", [clinic.owner_id]) for _ in range(2)]
    bodies = [{}, {"booked": None, "passcode": None, "phone": "0042", "name": "Pat Again"}]
    arrivals = [
        {"path": {"room": door}, "body": body, "cookie": clinic.newcomer().cookie}
        for door in doors
        for body in bodies * 4
    ]
    scenes = {
        "anything": [{"path": {}}] * 6 + [{"path": {"visit": somebody}}, {"path": others}],
        "check_in": arrivals,
        "leave": [clinic.own(desk), clinic.own(desk), {"path": {"visit": somebody}}],
        "close_visit": [
            clinic.own(desk) | {"body": {"reason": "left", "why": None}},
            clinic.own(desk),
        ],
        "join_as_patient": [called, {"path": {}}],
    }
    path = {"clinic": clinic.clinic, "room": desk, "visit": visit, "member": clinic.owner_id}
    return {"cookie": patient.cookie, "path": path | {"slug": "reception"}, "scenes": scenes}


def of_sessions(clinic: Clinic) -> dict:
    """Accounts that may be spoiled, each for one operation."""
    changing, leaving, going = (clinic.colleague([]) for _ in range(3))
    name = clinic.word("throw-away")
    clinic.colleague([], name)
    names = [clinic.word("fuzz-name") for _ in range(3)]
    invited = [clinic.invitation(clinic.member("Invited")) for _ in names]
    scenes = {
        "anything": [{"path": {}}],
        "change_password": [{"path": {}, "cookie": changing.cookie, "body": {"old": PASSWORD}}],
        "sign_out": [{"path": {}, "cookie": leaving.cookie}],
        "sign_out_everywhere": [{"path": {}, "cookie": going.cookie}],
        "sign_in": [
            {"path": {}, "body": {"name": name, "password": PASSWORD}},
            {"path": {}, "body": {"name": name}},
        ],
        "accept_invitation": [
            {"path": {}, "body": {"token": token, "name": sign_in, "password": PASSWORD}}
            for token, sign_in in zip(invited, names, strict=True)
        ],
    }
    return {"cookie": "", "path": {"clinic": clinic.clinic}, "scenes": scenes}
