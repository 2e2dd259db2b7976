"""English: what is said of simulated worlds and of replayed incidents."""

from selfheal.texts.labels import Label

SIMULATION = {
    Label.SIM_WORLDS: "worlds",
    Label.SIM_DAYS: "gateway-days",
    Label.SIM_COUNTED: "of them counted",
    Label.SIM_FAULTS: "faults",
    Label.SIM_INCIDENTS: "incidents a year",
    Label.SIM_DOWN: "downtime a year",
    Label.SIM_DOWN_HALF: "downtime a year, half of the worlds below",
    Label.SIM_DOWN_TAKEN: "down a year, taken for a person's stop",
    Label.SIM_DOWN_HELD: "down a year, paused or switched off by a person",
    Label.SIM_STARTS: "our starts a year",
    Label.SIM_STOPS: "our orders to stop a year",
    Label.SIM_DRAINS_CUT: "drains cut off a year",
    Label.SIM_STARTS_CUT: "starts cut off a year",
    Label.SIM_ALERTS: "alerts a year",
    Label.SIM_ESCALATIONS: "escalations a year",
    Label.SIM_SESSIONS: "doctor sessions a year",
    Label.SIM_REPAIR_HALF: "half repaired within",
    Label.SIM_REPAIR_MOST: "95% repaired within",
    Label.SIM_STILL_OPEN: "still open at the end",
    Label.SIM_NOT_REPAIRED: "never",
    Label.SIM_HARM: "worlds with a broken rule",
    Label.SIM_PROGRESS: "{count} of {total} worlds",
    Label.SIM_SAME_FILE: "both are {detail}; name two different files",
    Label.SIM_NO_TARGET: "'{target}' is none of those in {path}: {detail}",
    Label.SIM_NOT_TOGETHER: "{detail} and {target} do not go together",
    Label.SIM_WRONG_EVENTS: "{detail} is no list of its {count} events, counted from 0 ({example})",
    Label.SIM_NO_EVENTS: "{detail}: nothing befalls this world, so there are no events to keep",
    Label.SIM_SAME_POLICY: "both have the same numbers to decide by, so both columns are the same",
    Label.SIM_NOT_SIMULATED: "other in these files, and not simulated: {detail}",
    Label.SIM_INTERRUPTED: "interrupted: these are only the worlds that had come to their end",
    Label.SIM_NOT_ALL: "these are only the worlds that had come to their end",
    Label.SIM_NO_ROOM: "no room for the disks of worlds; set TMPDIR to a folder with more: {detail}",
    Label.SIM_WORKER_LOST: "a process that ran worlds was killed; fewer of them (--jobs) need less memory",
    Label.SIM_HARM_FOUND: "broken rule: {detail} (seed {seed}, selfheal {version}). Replay: {command}",
    Label.SIM_HARM_MORE: "in {count} more worlds a rule was broken; --json names them all",
    Label.SIM_MADE_SMALL: "made small, {count} of its {total} events are left. Replay: {command}",
    Label.SIM_NOT_MADE_SMALL: "interrupted before it was made small; what is above replays it whole",
    Label.REPLAY_NOT_KEPT: "cannot replay incident {count}: it was recorded by an older version, "
    "which did not keep what it began in, or its first entries have been removed; "
    "see: selfheal incidents show {count}",
    Label.REPLAY_SAME: "{count} of {total} decisions as recorded",
    Label.REPLAY_DIFFERS: "{count} of {total} decisions as recorded; it differs from {time} on "
    "(- recorded, + now): another version, or steps that are missing in the journal",
    Label.REPLAY_WHAT_IF_SAME: "with {detail} nothing would have been decided otherwise: "
    "{count} of {total} decisions as recorded",
    Label.REPLAY_WHAT_IF: "with {detail}: {count} of {total} decisions as recorded; "
    "it differs from {time} on (- recorded, + with it)",
    Label.REPLAY_FORKS: "from here on the world would have been another, and what came next is not known",
    Label.REPLAY_LEFT_OPEN: "the incident, which ends with the record, would still be open there",
    Label.REPLAY_BEGINS: "note: the record begins at the opening: what had been counted by then "
    "(heartbeats missed, say) was counted with the settings of then, so with others it may have "
    "opened earlier, later, or not at all",
    Label.REPLAY_CHANGED: "note: with the settings of then this version decides otherwise than recorded; "
    "see it without --what-if",
    Label.REPLAY_OTHER_SETTINGS: "note: the settings of today differ from those of then: {detail}",
    Label.REPLAY_NO_SETTINGS: "note: an older version recorded it without its settings: those of today stand "
    "for them, and may be what differs",
}
