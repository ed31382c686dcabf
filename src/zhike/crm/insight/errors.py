"""What can go wrong with an analysis that a person can act on."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from zhike.analytics.problems import Problem
from zhike.analytics.words import Words
from zhike.platform.errors import DomainError


class DefinitionError(DomainError):
    """A definition of tiers that cannot be used; ``problems`` lists (field, sentence) of all mistakes."""

    def __init__(self, found: list[Problem]) -> None:
        language = get_language() or "en"
        self.problems = [(problem.field, problem.words.text(language)) for problem in found]
        field, sentence = self.problems[0]
        super().__init__(sentence, field=field, code=found[0].code)


class EngineError(DomainError):
    """The engine that the installation names cannot be used; the words are the engine's own."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.text(get_language() or "en"), code="engine_unavailable")


class NoAnalysisError(DomainError):
    """Something needs published results and there are none yet."""

    def __init__(self) -> None:
        super().__init__(_("There is no analysis yet. Start one first."), code="no_analysis")
