//! What the pages of Owners and Admins say.

use super::in_queue;

says! {
    // Its pages
    ROOMS = "Rooms";
    MEMBERS = "Members";
    ACCESS = "Who has read what";
    ADMIN_NAVIGATION = "Administration";
    ADMINS_ONLY = "For Owners and Admins";
    ADMINS_ONLY_LEAD = "Only an Owner or an Admin of the clinic may open this page. Ask one of them to do what you want to do here, or to give you that role.";
    SAVE = "Save";
    SAVED = "Saved.";
    COPY = "Copy";
    COPIED = "Copied.";
    CLINIC_NAME_HINT = "The clinic's name and what it may use are set by whoever runs this installation, not here.";

    // Its rooms
    ROOMS_IN_USE = "Rooms in use";
    NO_ROOM_YET = "There is no room yet. Open the first one below, then assign the members who serve it.";
    SHARED_ROOM = "Shared";
    PERSONAL_ROOM = "Personal";
    SERVED_BY = "Served by";
    SERVED_BY_NOBODY = "Nobody serves this room yet.";
    ARCHIVED_ROOMS = "Archived rooms";
    OPEN_ROOM = "Open a room";
    OPEN_ROOM_LEAD = "A room is a door with a link of its own, a waiting room behind it, and the members who serve it.";
    ROOM_OPENED = "The room is open. Assign the members who serve it.";
    ROOM_NAME = "Name";
    ROOM_NAME_HINT = "what patients read above the door";
    LINK_END = "End of the link";
    LINK_END_HINT = "lower-case letters, digits and hyphens";
    WHOSE_ROOM = "Whose room it is";
    WHOSE_CLINIC = "The clinic's: shared by the members whom you assign";
    MAY_USE = "What the clinic may use";
    MAY_USE_LEAD = "These are granted by whoever runs this installation. Members see them and cannot change them.";
    GRANTED = "Granted";
    NOT_GRANTED = "Not granted";
    CAN_SHARED = "Shared rooms";
    CAN_SHARED_HINT = "rooms that belong to the clinic, such as a reception";
    CAN_TRANSFER = "Transfer";
    CAN_TRANSFER_HINT = "moving a visit from one room to another";
    CAN_PAUSE = "Pause";
    CAN_PAUSE_HINT = "putting a call on hold and resuming it later";
    CAN_ACCEPT = "Accept windows";
    CAN_ACCEPT_HINT = "rooms that accept or decline who is sent to them";

    // One room
    TO_BOARD = "Open its board";
    SECTIONS = "Settings of this room";
    NAME_LEAD = "What patients read above the door, and members above its board.";
    LINK = "Link";
    LINK_LEAD = "Patients check in here. Put it on your website, in your letters, or on a notice with its QR code.";
    LINK_KEPT = "If you change the link, the old one keeps leading here, for ever, and never to another room.";
    OLD_LINKS = "Old links that lead here";
    FULL_LINK = "Full link";
    QR_CODE = "QR code of the link";
    NO_QR_CODE = "This address is too long for a QR code.";
    PRINT_QR = "Notice to print";
    POSTER_LEAD = "Scan the code with the camera of your phone, or type the address into a browser.";
    POSTER_HINT = "Print this page with your browser. This line is left out on paper.";
    TEXTS = "What patients read";
    TEXTS_LEAD = "Shown at the door and in the waiting room. A text that is left empty is not shown.";
    WELCOME = "Welcome";
    OFFICE_HOURS_TEXT = "Office hours in words";
    EMERGENCY_TEXT = "In an emergency";
    EMERGENCY_HINT = "shown even when the door is closed";
    HOURS = "Opening hours";
    HOURS_LEAD = "When patients may check in. Hours decide about the door only: whoever is inside stays.";
    ALWAYS_OPEN = "No hours are set: the door is always open.";
    BE_ALWAYS_OPEN = "Remove the hours: always open";
    SET_HOURS = "Save the hours";
    ZONE = "Time zone";
    ZONE_HINT = "such as Europe/Berlin";
    WEEK = "Every week";
    WEEK_HINT = "From and until, such as 08:00-12:30, 13:00-18:00. An empty day is closed.";
    DAYS_THAT_DIFFER = "Days that differ";
    DAYS_THAT_DIFFER_HINT = "one a line, such as 2026-12-24: 08:00-12:00, or 2026-12-25: closed";
    DAY_OFF = "closed";
    SUSPENSION = "Suspend the door";
    SUSPENSION_LEAD = "Lets nobody check in until you lift it, whatever the hours say. Whoever is inside stays.";
    SUSPEND = "Suspend the door";
    SUSPEND_MESSAGE = "What patients read meanwhile";
    SUSPENDED_NOW = "The door is suspended. Patients read:";
    LIFT = "Lift the suspension";
    PASSCODE_LEAD = "Patients must type it to check in, if you set one. It is kept as a hash only, so nobody can look it up here.";
    PASSCODE_ASKED = "The room asks for a passcode.";
    PASSCODE_NOT_ASKED = "The room asks for no passcode.";
    NEW_PASSCODE = "New passcode";
    NEW_PASSCODE_HINT = "up to 100 characters";
    SET_PASSCODE = "Set the passcode";
    CLEAR_PASSCODE = "Ask for no passcode";
    SERVING = "Members who serve";
    SERVING_LEAD = "They see this room's board and take its calls. The last one stays as long as somebody is inside.";
    UNASSIGN = "Unassign";
    ASSIGN = "Assign";
    ASSIGN_WHOM = "Member";
    EVERYBODY_SERVES = "Every active member serves here.";
    POLICY = "Rules of the queue";
    POLICY_LEAD = "Limits, windows and thresholds. Spans are in minutes, such as 5, or 1:30 with seconds.";
    QUEUE_LIMIT = "Longest queue";
    ARRIVALS = "A visit that arrives by transfer stands";
    BY_CHECK_IN = "where its check-in puts it";
    AT_THE_BACK = "behind those who are here";
    ACCEPT_WINDOW = "Accept or decline arrivals within";
    ACCEPT_WINDOW_HINT = "minutes, at most a day (1440); empty: arrivals need no answer";
    UNDO_WINDOW = "A transfer can be undone for";
    REOPEN_WINDOW = "A closed visit can be reopened for";
    WINDOW_HINT = "minutes, at most a day (1440)";
    WAIT_WARN = "A wait deserves a look after";
    WAIT_WARN_HINT = "minutes; its row turns yellow";
    WAIT_LATE = "A wait is too long after";
    WAIT_LATE_HINT = "minutes; its row turns red";
    RETURN_ALERT = "Alert when one visit comes back here";
    RETURN_ALERT_HINT = "times, such as 3";
    CONSENT_VERSION = "Version of the consent text";
    CONSENT_VERSION_HINT = "a number that you raise with each new text; empty: no consent is asked";
    CALL_LINK = "Where calls meet";
    CALL_LINK_HINT = "an https address of your video product, with {call} in place of the call's id; empty: none";
    NO_SHOW_AFTER = "Close as a no show after being offline for";
    NO_SHOW_AFTER_HINT = "minutes, at most a day (1440), for patients who were never called; empty: never";
    CHECKLIST_LEAD = "Shown with each visit, to be ticked. It reminds and never blocks.";
    LABELS = "What to tick";
    ARCHIVE = "Archive";
    ARCHIVE_LEAD = "Takes the room out of use for ever. Its history and its links stay its own.";
    ARCHIVE_EMPTY = "Nobody is inside: it can be archived.";
    ARCHIVE_ROOM = "Archive this room";
    ARCHIVE_KNOWN = "I know that this cannot be undone.";
    MAY_COME_BACK = "Sent on, and may still come back";
    MAY_COME_BACK_HINT = "The room can be archived once they are accepted.";
    MOVE_OUT_FIRST = "The room can be archived when nobody is inside. Move or close these visits first:";
    TRANSFER_ALL = "Transfer all";
    TRANSFER_ALL_TO = "Transfer all to";
    NO_TARGET_FOR_ALL = "There is no room that would take all of them now.";
    CLOSE_ALL = "Close all";
    CLOSE_ALL_WHY = "Close all as";
    ROOM_IS_ARCHIVED = "This room was archived. Its settings can no longer be changed.";

    // Members and their accounts
    MEMBERS_LEAD = "Everybody with an account of the clinic. Whoever is removed stays in its history.";
    ROLE = "Role";
    STATUS = "Status";
    IN_ROOMS = "Serves in";
    IN_NO_ROOM = "no room";
    YOU = "you";
    OWNER = "Owner";
    AN_ADMIN = "Admin";
    PLAIN_MEMBER = "Member";
    PLAIN_MEMBER_HINT = "serves in the rooms assigned";
    AN_ADMIN_HINT = "also sets rooms and members";
    OWNER_HINT = "also makes and unmakes Owners";
    ONLINE = "Online";
    ON_A_CALL = "In a call";
    AWAY = "Away";
    DISABLED = "Disabled";
    REMOVED = "Removed";
    ADD_MEMBER = "Add a member";
    ADD_MEMBER_LEAD = "Then open the member's own page to make an invitation, and assign the member to rooms.";
    MEMBER_NAME = "Name";
    MEMBER_NAME_HINT = "as patients and other members read it";
    MEMBER_ADDED = "Added. Now make an invitation on the member's page.";
    ALL_MEMBERS = "All members";
    RENAME_LEAD = "Patients and other members read it. History keeps the old one.";
    ROLE_LEAD = "What this member may do. A clinic needs at least one active Owner.";
    INVITE = "Invite";
    INVITE_LEAD = "Makes a link by which the member chooses a sign-in name and a password. A lost password is replaced the same way: invite again. A new invitation voids the one before.";
    MAKE_INVITATION = "Make an invitation";
    INVITE_DISABLED = "This member is disabled. Enable the member first.";
    HAND_IT_OVER = "Hand this link to the member and to nobody else, by a way that you trust. It is shown only now.";
    INVITATION_LINK = "Invitation link";
    DISABLE = "Disable";
    ENABLE = "Enable";
    DISABLE_LEAD = "No signing in and no acting until you enable the member again. A call goes on hold, the rooms stay assigned.";
    DISABLE_ONLINE = "I know that this member is online, and is signed out at once.";
    DISABLE_IN_CALL = "I know that this member is in a call, and that it goes on hold at once.";
    ENABLE_LEAD = "Disabled members can neither sign in nor act. Once enabled, the member signs in as before.";
    REMOVE = "Remove";
    REMOVE_LEAD = "The member never acts again. The name stays in history.";
    REMOVE_KNOWN = "I know that this cannot be undone.";
    REMOVE_MEMBER = "Remove this member";
    WAS_REMOVED = "This member was removed. The name stays in history.";
    ACCOUNT = "Your account";
    CHANGE_PASSWORD = "Change your password";
    CHANGE_PASSWORD_LEAD = "You stay signed in here. Everywhere else you are signed out.";
    OLD_PASSWORD = "Password until now";
    NEW_PASSWORD = "New password";
    PASSWORD_CHANGED = "Your password is changed.";
    SIGN_OUT_EVERYWHERE = "Sign out everywhere";
    SIGN_OUT_EVERYWHERE_LEAD = "Ends all your sessions, this one too, as after losing a phone.";
    LOST_PASSWORD = "If you have lost your password, an Owner or Admin invites you again.";

    // Who has read what
    ACCESS_LEAD = "Each reading of personal data, and who let whom sign in: the newest at the end. Opening this page is recorded, too. Patients are not named here.";
    WHEN = "When";
    WHO = "Who";
    WHAT = "What";
    ABOUT = "About";
    THE_HOST = "the embedding product";
    THE_CLINIC = "the clinic";
    A_VISIT = "one visit";
    NO_ACCESS = "Nothing is recorded here.";
    EARLIER = "Earlier";
    LATEST = "Latest";
    PAGES = "Pages";
}

pub(in crate::pages) fn at_most(limit: impl std::fmt::Display) -> String {
    format!("at most {limit}")
}

pub(in crate::pages) fn waits_and_calls(waiting: usize, in_call: usize) -> String {
    let calls = if in_call == 0 { String::new() } else { format!(", {in_call} in a call") };
    format!("{}{calls}", in_queue(waiting))
}

pub(in crate::pages) fn personal_of(member: &str) -> String {
    format!("Personal room of {member}")
}

pub(in crate::pages) fn copy_link_of(room: &str) -> String {
    format!("Copy the link of {room}")
}

pub(in crate::pages) fn unassign(member: &str) -> String {
    format!("Unassign {member}")
}

pub(in crate::pages) fn unassign_online(member: &str) -> String {
    format!("I know that {member} is online, and loses this board at once.")
}

pub(in crate::pages) fn unassign_in_call(member: &str) -> String {
    format!(
        "I know that {member} is in a call: it can be ended, and in this room no other started."
    )
}

pub(in crate::pages) fn lines_hint(lines: usize, letters: usize) -> String {
    format!("one a line, at most {lines}, each at most {letters} characters")
}

pub(in crate::pages) fn good_until(time: &str) -> String {
    format!("Good until {time}, and once.")
}

pub(in crate::pages) fn invite_of(member: &str) -> String {
    format!("Invitation for {member}")
}

/// What was read or done, by its word in the access log.
pub(in crate::pages) fn accessed(model: &str) -> &str {
    match model {
        "board" => "Read the board",
        "past-board" => "Read the board as it was",
        "stream" => "Followed the board",
        "clinic-stream" => "Followed all that happens",
        "visits" => "Read all visits",
        "visit" => "Read a visit",
        "timeline" => "Read the history of a visit",
        "join" => "Opened the link of a call",
        "sent" => "Read the list of sent visits",
        "waits" => "Read the report of waits",
        "log" => "Read the log",
        "access-log" => "Read who has read what",
        "invite" => "Made an invitation",
        "accept-invitation" => "Accepted an invitation",
        "change-password" => "Changed a password",
        other => other,
    }
}
