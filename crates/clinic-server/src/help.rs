//! What `--help` teaches below the options: by example, and what the exit codes mean.

/// Of `--log`.
pub(crate) const LOG_AT: &str =
    "Where events are kept; this version knows only memory: [env: CLINIC_LOG] [default: memory:]";

/// Of the program itself.
pub(crate) const CLINIC: &str = "\
Without a command, the demo is played. (A server will take that place in a later version.)

Examples:
  clinic                                  play the demo
  clinic run my-day.jsonl                 play a day of your own
  clinic board reception                  the board of Reception at the end of the demo
  clinic board --at 2026-03-02T09:10:00+01:00
                                          all boards, as they were at that instant
  clinic timeline maria                   the story of one visit
  clinic log --after 20 --format json     what was recorded, for a program
  clinic verify --day my-day.jsonl        prove that nobody was lost on that day

Exit codes:
  0  done (also when a reader of the output stopped early)
  1  the clinic refused, or a check or an expectation failed
  2  the command line or a file is not right; nothing was recorded
  3  the log or the output failed

`board`, `timeline`, `waits`, `log` and `verify` play a day first and then read what it left: the
demo's, or the one given by --day. docs/day-file.md describes day files, docs/command-line.md the rest.";

/// Of `demo`.
pub(crate) const DEMO: &str = "\
The demo is a day file like any other (crates/clinic-server/src/demo.jsonl). Each step is a sentence,
what was asked and answered, and the boards that changed: two beside each other in 120 columns, one
under the other in fewer. It prints the same on every machine.

Examples:
  clinic demo
  clinic demo --width 80
  clinic timeline maria                   read on where the demo ended";

/// Of `run`.
pub(crate) const RUN: &str = "\
A day is a file of JSON Lines: one command a line, with its time. Time passes only in the file, so a
long day is played at once, and twice the same.

  {\"at\":\"2026-03-02T08:55:00Z\",\"by\":\"host\",\"do\":\"found-clinic\",\"name\":\"Harbour Clinic\",\"zone\":\"Europe/Berlin\",\"owner\":{\"handle\":\"ada\",\"name\":\"Ada Okafor\"}}
  {\"by\":\"member:ada\",\"do\":\"open-room\",\"handle\":\"reception\",\"name\":\"Reception\"}
  {\"at\":\"+05:00\",\"do\":\"check-in\",\"handle\":\"maria\",\"room\":\"reception\",\"name\":\"Maria Lind\"}
  {\"at\":\"+00:30\",\"by\":\"member:ada\",\"do\":\"start-call\",\"visit\":\"maria\",\"expect\":\"Visit.NotEntitled\"}

The whole file is checked before anything happens; what is wrong is named by line and field, and then
the exit code is 2. A command that the clinic refuses is part of the day: it is shown, and the exit
code stays 0. A line with \"expect\" that turns out otherwise makes it 1.

docs/day-file.md lists every command and field.

Examples:
  clinic run my-day.jsonl
  clinic run - < my-day.jsonl
  clinic run crates/clinic-server/src/demo.jsonl";

/// Of `board`.
pub(crate) const BOARD: &str = "\
A row is one visit: first the queue in the order in which it will be served, then those in call. The
two clocks count since the arrival in this room and since the check-in.

Examples:
  clinic board
  clinic board reception --day my-day.jsonl
  clinic board \"Dr Dana Reyes\" --position 40
  clinic board --at 2026-03-02T09:10:00+01:00 --format csv";

/// Of `timeline`.
pub(crate) const TIMELINE: &str = "\
Examples:
  clinic timeline maria
  clinic timeline \"Jonas Weber\" --format json
  clinic timeline maria --day my-day.jsonl";

/// Of `waits`.
pub(crate) const WAITS: &str = "\
A number that rests on nobody is shown as \"no data\", not as zero.

Examples:
  clinic waits
  clinic waits --day my-day.jsonl --format csv";

/// Of `log`.
pub(crate) const LOG: &str = "\
Positions count 1, 2, 3 without a gap. JSON shows each event whole, with its payload as it is stored.

Examples:
  clinic log
  clinic log --after 40
  clinic log --format json --day my-day.jsonl";

/// Of `verify`.
pub(crate) const VERIFY: &str = "\
One line for each check. The exit code is 1 if any of them fails.

Examples:
  clinic verify
  clinic verify --day my-day.jsonl && echo nobody was lost";
