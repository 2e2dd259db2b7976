"""Level 3: the doctor. Until one exists, an escalation passes straight on to a person."""

from selfheal.core.state import RecoveryPart
from selfheal.core.values import replace


def escalate(part: RecoveryPart) -> RecoveryPart:
    return replace(part, escalated=True)


def over(part: RecoveryPart) -> RecoveryPart:
    return replace(part, escalated=False)
