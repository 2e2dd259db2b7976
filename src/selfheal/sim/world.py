"""The made-up host around the made-up gateway: its config, disk, port, service manager, and other owners.

The world holds the truth. What our program is told of it goes through `resident`, what is wrong about what
it does is seen by `judge`.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from selfheal.core.alert import Notify
from selfheal.core.facts import (
    ConfigState,
    DeepVerdict,
    ExitCause,
    GatewayProcess,
    Inspection,
    ManagerState,
    PortOwner,
    ProbeKind,
    ProbeReport,
    Upkeep,
)
from selfheal.ports.service import Done
from selfheal.sim.agenda import Agenda
from selfheal.sim.dice import Dice
from selfheal.sim.gateway import (
    KILLED_CODE,
    MISSING_FILE_S,
    PORT_PATIENCE_S,
    Condition,
    MadeGateway,
)
from selfheal.sim.plan import FOREVER_S, HOUR_S, Managed, Plan
from selfheal.sim.rival import RIVAL, Rival
from selfheal.sim.servicemanager import ServiceManager
from selfheal.sim.spans import Package, Spans
from selfheal.sim.wishes import Wishes

STOP_PATIENCE_S = 30.0  # then whoever stops the gateway kills it
PERSON_STARTS_S = 5.0
HANGS_S = HOUR_S  # who is at work for longer does not come to an end by himself
BOOT_S = 1.0  # from the host's boot to its services' start
SECOND_PID = 500_000  # the first of them
MISSING_FILE = "/lib/openclaw/dist/entry.js"
US = "us"
PERSON = "person"


class World:
    """`exited` is told of each end of the gateway as the host sees it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.traits = plan.traits
        self.agenda = Agenda()
        self.gateway = MadeGateway(self.agenda, self.dice("the gateway"), plan.traits, self._gateway_ended)
        self.exited: Callable[[GatewayProcess, int], None] = lambda _process, _code: None
        self.until = Spans()
        self.package = Package()
        self.wishes = Wishes(self.agenda)
        self.port_taken = False
        self.load_factor = 1.0
        self.crash_after_s = 1.0
        self.start_lies = False
        self.orders_done = False  # those that hang
        self.second: GatewayProcess | None = None  # a half-dead one beside the gateway
        self.route_slow_s = 1.0
        self.config_mark = 1
        self.read_mark = (0, 0)  # what the last start has read
        self.stopped_by_person = False
        self.wished_at = -1.0  # when a person last wanted it up
        self.unwished_at = -math.inf  # when one last had it stopped
        self.upkeep_since = self.manager_since = self.config_since = self.disk_since = 0.0
        self.rival = Rival(self)
        self.manager = ManagerState.NONE if self._unmanaged else ManagerState.STOPPED
        self.manager_before = self.manager  # what it said before the last start
        self.is_up = True  # the host
        self.unwatched = False  # a person has ended our program, and it stays so
        self.person_failed: Callable[[], None] = lambda: None  # a start of theirs came to nothing
        self.told_person: Callable[[Notify], None] = lambda _alert: None  # they hear of it
        self.nobody_helps = False  # no manager starts it, no person comes
        self._seconds = SECOND_PID
        self._service = ServiceManager(self)
        self._last_by = ""
        self.asked_pid = 0  # whom a SIGTERM of ours has reached last

    def dice(self, of: str) -> Dice:
        """A stream of chance of its own: how often one is drawn from changes nothing in any other."""
        return Dice(f"{self.plan.seed} as it runs: {of}")

    # -- questions -------------------------------------------------------------------------------------

    @property
    def _unmanaged(self) -> bool:
        return self.traits.managed is Managed.NOBODY

    def lasts(self, until: float) -> bool:
        return self.agenda.elapsed < until

    @property
    def slowness(self) -> float:
        return self.load_factor if self.lasts(self.until.load) else 1.0

    @property
    def config(self) -> ConfigState:
        return ConfigState.MALFORMED if self.lasts(self.until.config_broken) else ConfigState.LOADABLE

    @property
    def mark(self) -> tuple[int, int]:
        """Of the config and of the program that reads it."""
        return self.config_mark, self.package.version

    @property
    def refuses(self) -> bool:
        """The config parses, and a start says no to it."""
        bad = self.lasts(self.until.bad_version) and self.package.refuses
        return bad or self.lasts(self.until.config_refused)

    @property
    def foreign_supervisor(self) -> str:
        """As it is found: by the parent of the gateway, or of the last one that was seen."""
        return "monit" if self._last_by == RIVAL and self.rival.lives else ""

    def living(self) -> set[int]:
        """Processes of the gateway, by their pids."""
        found = {self.gateway.pid} if self.gateway.alive else set()
        return found if self.second is None else {*found, self.second.pid}

    def inspection(self) -> Inspection:
        gateway = self.gateway
        process = None
        if gateway.alive:
            process = GatewayProcess(gateway.pid, gateway.born, age_s=self._age_s(gateway.born))
        second = self.second
        return Inspection(
            process,
            () if second is None else (replace(second, age_s=self._age_s(second.started)),),
            port_owner=PortOwner(77, "another program") if self.port_taken else None,
            config=self.config,
            config_problem="" if self.config is ConfigState.LOADABLE else "line 4",
            config_mark="{}.{}".format(*self.mark),
            upkeep=Upkeep.PACKAGE_MANAGER if self.lasts(self.until.upkeep) else None,
            manager=self.manager,
            foreign_supervisor=self.foreign_supervisor,
            disk_full=self.lasts(self.until.disk_full),
            missing_file=MISSING_FILE if self.lasts(self.until.package) else "",
        )

    def _age_s(self, born: float) -> float:
        return max(0.0, float(self.agenda.now().mono) - born)

    def probe(self, kind: ProbeKind, timeout_s: float) -> ProbeReport:
        return self.gateway.probe(kind, timeout_s, self.answers_s, foreign=self.port_taken)

    @property
    def answers_s(self) -> float:
        """How long its answers take: what waits in a queue waits longer."""
        return self.traits.look_s * self.slowness**2 + self._leak_s()

    def _leak_s(self) -> float:
        since = self.gateway.leaking_since
        return 0.0 if since is None else (self.agenda.elapsed - since) / 3600.0

    def is_well(self) -> bool:
        """The truth."""
        breaker = self.lasts(self.gateway.breaker_until)
        return self.gateway.condition() is Condition.SERVING and not breaker and not self.port_taken

    @property
    def others_at_work(self) -> bool:
        """Somebody else is about to start it."""
        return self.manager_at_work or self.lasts(self.until.upkeep)

    @property
    def manager_at_work(self) -> bool:
        return self.manager in (ManagerState.RESTARTING, ManagerState.STOPPING)

    def manager_is_seen_at_work(self, news_s: float) -> bool:
        """By a look of that age. That it has something to end shows with the gateway's own end."""
        since = -math.inf if self.manager is ManagerState.STOPPING else self.manager_since
        return self.manager_at_work and self.agenda.elapsed - since > news_s

    @property
    def no_start_can_succeed(self) -> bool:
        """Or another watchdog makes it."""
        until = self.until
        lasting = until.config_broken, until.disk_full, until.package
        return any(map(self.lasts, lasting)) or self.refuses or bool(self.foreign_supervisor)

    @property
    def all_checks_pass(self) -> bool:
        until = self.gateway.channels_bad_until, self.until.disk_full
        return self.is_well() and not any(map(self.lasts, until))

    @property
    def channels_fail(self) -> bool:
        """It serves, and every full check finds that it is cut off from those who talk to it."""
        gateway = self.gateway
        doubtful = self.port_taken or self.lasts(self.until.load) or gateway.leaking_since is not None
        cut_off = map(self.lasts, (gateway.channels_bad_until, gateway.breaker_until))
        return gateway.condition() is Condition.SERVING and any(cut_off) and not doubtful

    @property
    def needs_a_person(self) -> bool:
        """Something is wrong that no restart ends."""
        lasting = vars(self.until.left_broken()).values()
        hangs = self.manager is ManagerState.RESTARTING and self.traits.manager_delay_s >= HANGS_S
        return hangs or any(map(self.lasts, (*lasting, self.gateway.suspended_until)))

    @property
    def stop_takes_s(self) -> float:
        """At most, before it is killed."""
        return STOP_PATIENCE_S + self.traits.drain_s + self.traits.linger_s

    def deep_verdict(self) -> DeepVerdict:
        verdict = self.gateway.check_deeply()
        disk_full = self.lasts(self.until.disk_full)  # the gateway's disk is ours
        return DeepVerdict.STORAGE if disk_full and verdict is DeepVerdict.OK else verdict

    # -- starting and stopping -------------------------------------------------------------------------

    def launch(self, by: str) -> None:
        if self.gateway.alive or not self.is_up:
            return
        gateway = self.gateway
        gateway.hang_at_start = self.lasts(self.until.start_hangs)
        refused = self.config is not ConfigState.LOADABLE or self.refuses
        dies = self._dies_after_s()
        if self.lasts(self.until.package):  # it reads no config
            dies, refused = MISSING_FILE_S, False
        if by == PERSON:
            self.stopped_by_person = self.wishes.unwanted = False
        self.manager_before = self.manager
        if self.manager is not ManagerState.NONE:
            self.manager = ManagerState.RUNNING
        self._last_by = by
        self.read_mark = self.mark
        gateway.launch(by, slowness=self.slowness, dies_after_s=dies, refused=refused)

    def _dies_after_s(self) -> float | None:
        if self.port_taken:
            return PORT_PATIENCE_S
        if self.lasts(self.until.bad_version):
            return self.package.dies_after_s
        return self.crash_after_s if self.lasts(self.until.crash_loop) else None

    def start_order(self) -> Done:
        """What our own start order does."""
        if self.lasts(self.until.start_refused):
            return Done(succeeded=self.start_lies, detail="" if self.start_lies else "no such program")
        self.launch(US)
        return Done(succeeded=True)

    def _gateway_ended(self, pid: int, born: float, cause: ExitCause, code: int) -> None:
        if self.lasts(self.until.port):
            self.port_taken = True
        if not self._unmanaged:
            self._service.sees_end(cause)
        self.rival.sees_end()
        if self.gateway.by == PERSON and self.gateway.never_served:
            self.person_failed()
        self.exited(GatewayProcess(pid, born), code)

    def person_starts(self) -> None:
        """After a stop of theirs, or once everything else has failed."""
        self.launch(PERSON)

    def person_helps(self) -> None:
        """Told of an outage, they come, put right what is still wrong, and come back until it is. What they
        have just started themselves they leave alone until it is up.
        """
        if self.is_well() or self.nobody_helps:
            return
        self.agenda.after(self.traits.person_comes_s, self.person_helps)
        gateway = self.gateway
        comes_up = gateway.condition() is Condition.STARTING and gateway.starts_slowly()
        if self.is_up and not self.stopped_by_person and not (comes_up and gateway.by == PERSON):
            self.put_right(PERSON)

    def put_right(self, by: str) -> None:
        """End what is wrong, and start it afresh."""
        if self.lasts(self.until.config_broken) or self.lasts(self.until.config_refused):
            self.new_config()
        self.package.version += self.lasts(self.until.bad_version)
        self.until = self.until.put_right()
        if self.agenda.elapsed - self.upkeep_since > HANGS_S:
            self.until.upkeep = 0.0
        if self.second is not None:
            self.second_goes(self.second.pid)
        self.port_taken = False
        self.gateway.channels_bad_until = 0.0
        self.gateway.end(ExitCause.STOPPED_ON_PURPOSE, KILLED_CODE)
        self.agenda.after(PERSON_STARTS_S, lambda: self.start_again(by))

    def start_again(self, by: str) -> None:
        """Nobody but a person starts what a person has stopped meanwhile."""
        if by == PERSON or not self.stopped_by_person:
            self.launch(by)

    # -- what befalls it (see `faults`) --------------------------------------------------------------------

    def new_config(self) -> None:
        self.config_mark += 1

    def fill_disk(self, until: float) -> None:
        if not self.lasts(self.until.disk_full):
            self.disk_since = self.agenda.elapsed
        self.until.disk_full = until

    def free_port(self) -> None:
        if not self.lasts(self.until.port):
            self.port_taken = False

    def second_comes(self, for_s: float) -> None:
        if self.second is None:
            self._seconds += 1
            self.second = GatewayProcess(self._seconds, float(self.agenda.now().mono))
            self.agenda.after(for_s, partial(self.second_goes, self._seconds))

    def second_goes(self, pid: int) -> None:
        if self.second is not None and self.second.pid == pid:
            gone, self.second = self.second, None
            self.exited(gone, 0)

    def wakes(self) -> None:
        """After a sleep, and not yet with a network."""
        until = self.agenda.elapsed + self.traits.wakes_slowly_s
        self.until.route_down = max(self.until.route_down, until)
        self.gateway.channels_bad_until = max(self.gateway.channels_bad_until, until)

    def stop(self, for_s: float) -> None:
        """A person stops it, by its command line or its service manager: it is to stay down."""
        if not self.gateway.alive or self.lasts(self.until.upkeep):
            return
        gateway, pid = self.gateway, self.gateway.pid
        self.is_unwished()
        if self.manager is not ManagerState.NONE:
            self.manager = ManagerState.STOPPING
        gateway.ask_to_stop()
        patience_s = self.stop_takes_s
        self.agenda.after(patience_s, lambda: gateway.end(ExitCause.STOPPED_ON_PURPOSE, KILLED_CODE, pid))
        self.agenda.after(patience_s + for_s, self.person_starts)

    def is_wished(self) -> None:
        """A person wants it up, and leaves that to us."""
        self.stopped_by_person = False
        self.wished_at = self.agenda.elapsed

    def is_unwished(self) -> None:
        """A person has it stopped, by whatever tool."""
        self.stopped_by_person = True
        self.unwished_at = self.agenda.elapsed

    def go_down(self) -> None:
        """The host loses its power: nobody is told of the gateway's end."""
        self.is_up, self.second = False, None
        self.gateway.cut_off()
        self._service.forgets()

    def come_up(self, clock_off_s: float) -> None:
        """`clock_off_s`: by so much its wall clock is wrong since it was off."""
        self.agenda.reboot(clock_off_s)
        self.is_up = True
        self._last_by = ""
        self.stopped_by_person = self.wishes.unwanted  # any other stop lasts until the next boot
        self.until.upkeep = 0.0
        if not self._unmanaged:
            self.manager, self.manager_since = ManagerState.RESTARTING, self.agenda.elapsed
            self.agenda.after(BOOT_S, self._service.acts)

    def end_faults(self) -> None:
        """The liveness phase: whatever came from outside is over. A hung or stopped gateway stays so, and in
        some worlds what only a person ends.
        """
        was = self.until
        self.nobody_helps = self.traits.left_alone
        self.until = Spans()
        if self.lasts(self.gateway.hung_until):
            self.gateway.hang(FOREVER_S)
        self.gateway.channels_bad_until = 0.0
        if self.traits.left_broken:
            self.until = was.left_broken()
            return
        self.package.version += self.lasts(was.bad_version)
        self.port_taken = False
        if any(self.lasts(each) for each in (was.config_broken, was.config_refused)):
            self.new_config()
