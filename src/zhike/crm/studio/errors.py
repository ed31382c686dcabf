"""What can go wrong with a draft that a person can act on."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from zhike.analytics.voice import Judgement
from zhike.platform.errors import DomainError


class InconsistentError(DomainError):
    """An expert's judgements contradict each other; ``worst`` are those the others speak against most."""

    def __init__(self, expert: str, ratio: float, worst: Sequence[Judgement]) -> None:
        self.expert, self.ratio, self.worst = expert, ratio, list(worst)
        words = _(
            "The judgements of %(expert)s contradict each other (consistency ratio %(ratio)s, at most 0.1). "
            "Change the one pointed out, or say why they count all the same."
        )
        values = {"expert": expert, "ratio": f"{ratio:.3f}"}
        super().__init__(words % values, field="matrix", code="inconsistent")


class NotSimulatedError(DomainError):
    """A draft is handed in or published only after a simulation of exactly this draft."""

    def __init__(self) -> None:
        super().__init__(_("Simulate the draft as it is now first."), code="not_simulated")


class WrongStateError(DomainError):
    """The draft has moved on."""

    def __init__(self) -> None:
        super().__init__(_("The draft is not in the state for this any more."), code="state")


class SecondPersonError(DomainError):
    """Whoever drafted a change does not approve of it."""

    def __init__(self) -> None:
        super().__init__(_("Somebody other than the author approves of a draft."), code="second_person")
