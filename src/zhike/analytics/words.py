"""Sentences in both languages of the product: the library has no translation catalogue of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One text in English and Simplified Chinese; ``{name}`` places are filled with ``fill``."""

    en: str
    zh: str

    def text(self, language: str) -> str:
        return self.zh if language.lower().startswith("zh") else self.en

    def fill(self, **values: object) -> Words:
        return Words(self.en.format(**values), self.zh.format(**values))

    def to_dict(self) -> dict[str, str]:
        return {"en": self.en, "zh": self.zh}

    @classmethod
    def from_dict(cls, data: dict[str, str]) -> Words:
        return cls(en=data.get("en", ""), zh=data.get("zh", ""))
