//! What `--help` teaches below the options: by example, and what the exit codes mean.

/// Of `--log`.
pub(crate) const LOG_AT: &str = "Where the log is: sqlite:PATH, postgres://USER@HOST/DATABASE, or memory: for \
     the demo's [env: CLINIC_LOG] [default: sqlite:data/clinic.db]";

/// Of `--operator-key`.
pub(crate) const OPERATOR_KEY: &str = "The operator key, with which the keys of patients are kept \
     [env: CLINIC_OPERATOR_KEY] [default: beside a SQLite log]";

/// Of `--keys`.
pub(crate) const KEYS: &str = "The database of the keys of patients, where a log in Postgres has them in \
     one of their own [env: CLINIC_KEYS] [default: that of the log]";

/// Of `--config`.
pub(crate) const CONFIG_FILE: &str = "The file of settings \
     [env: CLINIC_CONFIG] [default: clinic.toml, where it is there]";

/// Of the program itself.
pub(crate) const CLINIC: &str = "\
Without a command, the clinics of the log are served on http://127.0.0.1:8080/.

Examples:
  clinic                                  serve; the first time, with a sample clinic
  clinic demo                             play a whole morning at a reception, step by step
  clinic run my-day.jsonl                 play a day of your own
  clinic run my-day.jsonl --log sqlite:data/clinic.db
                                          the same, and keep it
  clinic import moves.csv --columns ...   bring in the history of another system
  clinic board reception                  the board of Reception, from the log
  clinic board --at 2026-03-02T09:10:00+01:00
                                          all boards, as they were at that instant
  clinic timeline maria --log memory:     the story of one visit of the demo
  clinic log --follow --format json       what is recorded, and what comes, for a program
  clinic verify && clinic backup safe.db  prove that nobody was lost; copy the log
  clinic serve --log postgres://clinic@db/clinic --operator-key /etc/clinic.key
                                          one of several nodes on one log

Exit codes:
  0  done (also when a reader of the output stopped early)
  1  the clinic refused, or a check or an expectation failed
  2  the command line or a file is not right; nothing was recorded
  3  the log or the output failed

What reads (`board`, `rooms`, `visits`, `timeline`, `waits`, `log`, `verify`) reads the log of --log.
With --day FILE it plays a day in memory and reads that, with --log memory: the demo's.
docs/command-line.md has the rest, docs/serving.md is about servers, docs/day-file.md describes day files.";

/// Of `serve`.
pub(crate) const SERVE: &str = "\
It listens on this machine alone. To be reached from others it must speak TLS, or a proxy in front of it
must; it refuses to start otherwise. An interrupt ends it: requests in flight are answered first.

The first start on an empty log makes a sample clinic and prints its passwords, once.

Every option can be said in the environment or in clinic.toml as well; `clinic config show` says what is
set and by whom.

Examples:
  clinic
  clinic serve --listen 127.0.0.1:9000
  clinic serve --listen 0.0.0.0:443 --tls-cert clinic.pem --tls-key clinic.key
  clinic serve --behind-proxy 127.0.0.1 --log-format json
  clinic serve --log postgres://clinic@db1,db2/clinic --operator-key /etc/clinic.key
                                          as one of several nodes, all with this same key
  clinic serve --log memory:              to try things; all is gone at the end";

/// Of `init`.
pub(crate) const INIT: &str = "\
The log is made if it is not there. The clinic may use everything; whatever else it needs - members,
rooms, hours - its Owner sets up after signing in. No server may hold a SQLite log meanwhile.

Examples:
  clinic init --name \"Harbour Clinic\" --zone Europe/Berlin --owner \"Ada Okafor\" --sign-in ada
  clinic init --name Hill --owner \"Max Roth\" --sign-in max --password-stdin < password.txt";

/// Of `reset-password`.
pub(crate) const RESET_PASSWORD: &str = "\
For whoever is at the machine of the log: it asks for no old password. Whoever is signed in by that name
no longer is. A server may be at work meanwhile.

Where a clinic was founded and its Owner got no account, because that was interrupted, nobody could sign in
to invite anybody: --owner makes her account.

Examples:
  clinic reset-password ada
  clinic reset-password ada --owner \"Ada Okafor\" --clinic \"Harbour Clinic\"
  clinic reset-password ada --password-stdin < password.txt";

/// Of `config`.
pub(crate) const CONFIG: &str = "\
A flag beats the environment, the environment beats the file, and the file beats what is usual. The file
is TOML, with the keys that this command lists; secrets are not shown, and have no flag.

Examples:
  clinic config show
  clinic config show --listen 127.0.0.1:9000
  clinic --config /etc/clinic.toml config show --format json";

/// Of `demo`.
pub(crate) const DEMO: &str = "\
The demo is a day file like any other (crates/clinic-server/src/demo.jsonl). It is always played in
memory, and nothing of it is kept. Each step is a sentence, what was asked and answered, and the boards
that changed: two beside each other in 120 columns, one under the other in fewer. It prints the same on
every machine.

Examples:
  clinic demo
  clinic demo --width 80
  clinic timeline maria --log memory:     read on where the demo ended";

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

A day is played in memory and is gone at its end. With --log sqlite:PATH or
postgres://... typed (CLINIC_LOG does not count), it is stored when it is over, as clinics of its own with ids and keys of their own, unless the
log has a clinic of that name or a line came to something else than it expects.

docs/day-file.md lists every command and field.

Examples:
  clinic run my-day.jsonl
  clinic run - < my-day.jsonl
  clinic run crates/clinic-server/src/demo.jsonl --log sqlite:data/clinic.db";

/// Of `board`.
pub(crate) const BOARD: &str = "\
A row is one visit: first the queue in the order in which it will be served, then those in call. The
two clocks count since the arrival in this room and since the check-in.

Examples:
  clinic board
  clinic board reception --clinic harbour
  clinic board 52 --at 2164-10-24T00:00:00Z
  clinic board \"Dr Dana Reyes\" --position 40 --day my-day.jsonl
  clinic board --at 2026-03-02T09:10:00+01:00 --format csv";

/// Of `rooms`.
pub(crate) const ROOMS: &str = "\
Examples:
  clinic rooms
  clinic rooms --at 2026-03-02T09:10:00+01:00
  clinic rooms --log memory: --format json";

/// Of `visits`.
pub(crate) const VISITS: &str = "\
The end of a visit's id, as it is shown here, is enough to name it: `clinic timeline 9244ec20`.

Examples:
  clinic visits
  clinic visits --all --format csv
  clinic visits --at 2026-03-02T09:10:00+01:00 --day my-day.jsonl";

/// Of `timeline`.
pub(crate) const TIMELINE: &str = "\
A visit is named by the patient's name, by its id or the end of one, by the id of the patient or the
visit in the system that it was imported from, or, of a day file, by its handle.

Examples:
  clinic timeline \"Jonas Weber\" --format json
  clinic timeline 142345
  clinic timeline maria --day my-day.jsonl";

/// Of `waits`.
pub(crate) const WAITS: &str = "\
A number that rests on nobody is shown as \"no data\", not as zero.

Examples:
  clinic waits
  clinic waits --day my-day.jsonl --format csv";

/// Of `log`.
pub(crate) const LOG: &str = "\
Positions count 1, 2, 3 without a gap. What is shown is what is stored: names and notes are sealed here,
and only boards, lists and timelines open them. JSON shows each event whole. With --follow, whatever any
process records is shown as it comes, JSON as one document a line, until you interrupt it.

Examples:
  clinic log
  clinic log --after 40
  clinic log --follow --format json | my-program
  clinic log --format json --day my-day.jsonl";

/// Of `import`.
pub(crate) const IMPORT: &str = "\
Each row says that a visit came, moved to a room or left, and when. Every row is accounted for: it is
granted, or ignored on request, or listed with its line and the reason. The imported clinic is history:
it can be looked at like any other, and nothing can be asked of it.

  KEY      the column holds                    WORD=...    the row
  visit    the id of the visit (needed)        check-in    begins the visit in room `to`
  patient  the id of the person                transfer    moves it to room `to`
  event    what happened (needed)              complete    ends it: served
  from     the room that it was in             left        ends it: the patient left
  to       the room that it is in (needed)     no-show     ends it: nobody was there
  at       when (needed)                       end-of-day  ends it: the day was over
                                               ignore      does nothing

Example:
  clinic import transfers.csv --name Ward --create-rooms \\
    --columns visit=hadm_id,patient=subject_id,event=eventtype,from=prev_wardid,to=curr_wardid,at=intime \\
    --events admit=check-in,transfer=transfer,discharge=complete
  clinic timeline 142345 --clinic Ward

docs/import.md describes files, times, refusals and exit codes.";

/// Of `backup`.
pub(crate) const BACKUP: &str = "\
The copy is made while others read and write, and is whole as of one moment. It holds the log and its
head file. The keys are not in it, for then it would open everything that it holds: without the key
store and the operator key, names in a restored log stay sealed for ever. Back those two up by themselves, to
another place; `clinic seal-key path` says where they are.

Examples:
  clinic backup /safe/clinic-2026-03-02.db
  clinic backup /safe/clinic-2026-03-02.db --log sqlite:/srv/clinic.db";

/// Of `restore`.
pub(crate) const RESTORE: &str = "\
The place must be empty: a log that is there is never overwritten. Put the key store and the operator key
back beside it, and `clinic verify`.

Examples:
  clinic restore /safe/clinic-2026-03-02.db
  clinic restore /safe/clinic-2026-03-02.db --log sqlite:/srv/clinic.db";

/// Of `copy`.
pub(crate) const COPY: &str = "\
A clinic moves with its positions, and every row as it was written, whoever wrote it: all of it or
nothing, into a log that has no such clinic. The keys of its visits, its accounts and its passcodes go with
it. Then both sides are read once more, and the SHA-256 of all rows has to be the same. Stop what serves
the clinic first: what comes to it meanwhile stays behind, and of that you are told. Sessions, invitations
and the access log stay behind in any case.

--operator-key is that of the log in Postgres; a SQLite log has its own beside it.

Examples:
  clinic copy --from sqlite:data/clinic.db --to postgres://clinic@db/clinic --operator-key /etc/clinic.key
  clinic copy --from postgres://clinic@db/clinic --to sqlite:copy.db --operator-key /etc/clinic.key
  clinic copy --from sqlite:data/clinic.db --to sqlite:other.db --clinic harbour
  clinic copy --from sqlite:data/clinic.db --to sqlite:other.db --rename ada=ada-hill
                                          where somebody else is ada there";

/// Of `migrate`.
pub(crate) const MIGRATE: &str = "\
Every node makes or renews the tables when it starts; here that is done ahead, by a user who may. Nodes
of the version before go on meanwhile. On a Citus cluster the tables are distributed by clinic, which
no node may be at work for.

Example:
  clinic migrate --log postgres://owner@db/clinic";

/// Of `adopt`.
pub(crate) const ADOPT: &str = "\
The table `events` gets the columns that it lacks, and its events their positions: in the order of their
instants (that of the event, or `occurred_at` or `at` in its metadata), then in that in which they were
inserted, and never against the order of a stream. All of it is done or nothing, and nobody reads or
writes the table meanwhile. A table that has something else is refused, with a list of what. If it has no
founding of a clinic, one is founded by its first event.

Example:
  clinic adopt --clinic Harbour --log postgres://owner@db/clinic && clinic verify";

/// Of `upgrade`.
pub(crate) const UPGRADE: &str = "\
Upgrade nodes one after another: each writes only what all can read. When the last is done, agree on it;
from then on, older versions cannot read what is written, and stop serving a clinic that has it.

Examples:
  clinic upgrade --log postgres://clinic@db/clinic
  clinic upgrade --finalize --log postgres://clinic@db/clinic";

/// Of `seal-key`.
pub(crate) const SEAL_KEY: &str = "\
What patients say of themselves is sealed with a key of the visit. Those keys are in the key store,
wrapped with the operator key, which is a file of its own. Whoever has log, key store and operator key can
read names; whoever lost one of them never will again.

Examples:
  clinic seal-key path
  clinic seal-key rotate                  after somebody may have seen the operator key
  clinic seal-key new                     after the key store was lost and no backup of it is left";

/// Of `verify`.
pub(crate) const VERIFY: &str = "\
Reads every event of every clinic (or of --clinic alone) and believes in nothing. One line for each
check. The exit code is 1 if any of them fails.

Examples:
  clinic verify
  clinic verify --clinic harbour --format json
  clinic verify --day my-day.jsonl && echo nobody was lost";

/// Of `bench`.
pub(crate) const BENCH: &str = "\
A visit is nine commands: check in, start, pause, start, transfer, start, transfer back, start,
complete. Each client waits for each answer, and every answer comes after its commit is on the disk.
floor_per_s is how many commands' worth of the same rows the same file takes, inserted raw; ratio is
the part of it that the engine reaches. The clinics stay in the log: name one of its own.

  clinic bench --log sqlite:bench/clinic.db
  clinic bench --log sqlite:bench/clinic.db --clients 1 --clinics 1 --format json
  clinic bench --log memory: --visits 50000";

/// Of `simulate`.
pub(crate) const SIMULATE: &str = "\
Each day has a seed, which sets up a clinic and says who does what, when, and what goes wrong. Several
nodes share one log in memory, and clients ask several of them under one id. After every event: nobody
is lost, one gapless order, time that never runs backwards. What was acknowledged is in the log, once;
what was refused, some state refuses; what nodes and live readers show is what the log makes; what a
patient sees names nobody else. If not, the exit code is 1 and the day is told as short as can be.

The same seed gives the same bytes, on every machine. How fast it went is told on standard error.

Faults:
  conflict      a batch is told that it lost a race
  lost-request  the connection is lost before the commit
  lost-reply    the connection is lost after the commit
  crash-before  the node dies before the commit
  crash-after   the node dies after the commit
  slow-disk     the disk takes its time
  stall         the node lies still for hours or days, and goes on as if nothing were
  full-disk     the disk is full
  unreachable   the log cannot be reached
  late-news     what is read of the log arrives late, and old
  redelivery    a live reader is given events twice
  reordering    a live reader is given events in the wrong order
  duplicate     the network delivers a command again, later, elsewhere
  clock-step    a clock steps: a minute forward, ten minutes back
  clock-jump    a clock jumps further ahead than can be believed
  silence       somebody's page falls silent

Examples:
  clinic simulate
  clinic simulate --days 10000
  clinic simulate --seed 7 --days 1 --story
  clinic simulate --nodes 5 --faults conflict,lost-reply,crash-after --format json";
