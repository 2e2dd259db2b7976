"""What two settings must be to each other. Each rule has its reason; the reason is part of the message.

A rule is only held against values that are right by themselves, so one mistake is one fault.
"""

from collections.abc import Iterator
from typing import NamedTuple

from selfheal.config.fault import Text
from selfheal.core.policy import Policy

BREAKER_STARTS = 3  # unclean starts at which the gateway's own crash-loop breaker trips
BREAKER_WINDOW_S = 300.0
GATEWAY_STOP_S = 325.0  # its drain (315 s) and its close (10 s)


class Relation(NamedTuple):
    """`low` is below `high`, or at most as large. `high` is a field or a fact about the gateway."""

    low: str
    high: str | int
    why: Text
    strict: bool = False

    def holds(self, policy: Policy) -> bool:
        low, high = number(policy, self.low), self.limit(policy)
        return low < high if self.strict else low <= high

    def limit(self, policy: Policy) -> float:
        return number(policy, self.high) if isinstance(self.high, str) else self.high

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.low, self.high) if isinstance(self.high, str) else (self.low,)


class Floor(NamedTuple):
    """Below it the program works, but may do harm: a warning, since rehearsals want to be fast."""

    name: str
    least: float
    why: Text


RELATIONS = (
    Relation(
        "heartbeat_timeout_s",
        "heartbeat_interval_s",
        Text("a probe must end before the next one begins", "다음 점검 전에 끝나야 합니다"),
        strict=True,
    ),
    Relation(
        "full_check_timeout_s",
        "full_check_interval_s",
        Text("a check must end before the next one begins", "다음 점검 전에 끝나야 합니다"),
        strict=True,
    ),
    Relation(
        "deep_check_timeout_s",
        "deep_check_interval_s",
        Text("a check must end before the next one begins", "다음 점검 전에 끝나야 합니다"),
        strict=True,
    ),
    Relation(
        "heartbeat_interval_s",
        "full_check_interval_s",
        Text(
            "the light probe exists to be faster than the full check",
            "가벼운 점검은 전체 점검보다 잦아야 합니다",
        ),
    ),
    Relation(
        "heartbeat_retry_s",
        "heartbeat_interval_s",
        Text(
            "a retry that waits longer than the regular beat delays it",
            "재시도가 정기 점검보다 늦으면 안 됩니다",
        ),
    ),
    Relation(
        "heartbeat_interval_s",
        "stability_window_s",
        Text(
            "a window without a single probe proves nothing",
            "점검이 한 번도 없는 시간은 아무것도 증명하지 못합니다",
        ),
    ),
    Relation(
        "startup_grace_s",
        "startup_grace_max_s",
        Text("the longest time cannot be the shorter one", "최대 시간이 더 짧을 수 없습니다"),
    ),
    Relation(
        "port_closed_kill_s",
        "drain_budget_s",
        Text(
            "the drain would be over before the closed port counts",
            "닫힌 포트를 보기 전에 종료 대기가 끝납니다",
        ),
    ),
    Relation(
        "hang_term_grace_s",
        "drain_budget_s",
        Text(
            "a hanging gateway deserves no more patience than one at work",
            "멈춘 쪽을 더 오래 기다릴 이유가 없습니다",
        ),
    ),
    Relation(
        "restart_attempts",
        "restarts_per_hour_max",
        Text("the hourly budget would stop the last attempts", "시간당 한도가 마지막 시도를 막습니다"),
    ),
    Relation(
        "restart_gap_s",
        "retry_after_escalation_s",
        Text(
            "a new round must not come faster than a single restart",
            "새 차례가 재시작 한 번보다 빨리 올 수 없습니다",
        ),
    ),
    Relation(
        "unclean_starts_max",
        BREAKER_STARTS - 1,
        Text(
            "the gateway's own breaker trips at three and switches every channel off",
            "세 번이면 게이트웨이의 차단기가 작동해 모든 채널이 꺼집니다",
        ),
    ),
)

FLOORS = (
    Floor(
        "unclean_window_s",
        BREAKER_WINDOW_S,
        Text(
            "the gateway counts unclean starts over 300 s; a shorter window lets its breaker trip",
            "게이트웨이는 300초 동안의 비정상 시작을 셉니다. 더 짧으면 차단기가 작동할 수 있습니다",
        ),
    ),
    Floor(
        "drain_budget_s",
        GATEWAY_STOP_S,
        Text(
            "the gateway drains for up to 325 s; running turns are cut off",
            "최대 325초의 마무리 작업이 끊깁니다",
        ),
    ),
)


NOTIFY_FLOORS = (
    Floor(
        "canary_interval_s",
        3600.0,
        Text(
            "services limit how much they take, and an alert may come too late for it",
            "서비스마다 한도가 있어 경보가 늦어질 수 있습니다",
        ),
    ),
)
"""Of the table [notify]; 0 is below none of them, as it means «never»."""


def number(policy: Policy, name: str) -> float:
    value: float = getattr(policy, name)
    return value


def broken(policy: Policy) -> Iterator[Relation]:
    return (relation for relation in RELATIONS if not relation.holds(policy))


def below(policy: Policy) -> Iterator[Floor]:
    return (floor for floor in FLOORS if number(policy, floor.name) < floor.least)


def said(policy: Policy, name: str | int) -> str:
    """«full_check_interval_s (300)», or the bare number."""
    return str(name) if isinstance(name, int) else f"{name} ({number(policy, name):g})"
