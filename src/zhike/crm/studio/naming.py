"""The model that every installation begins with is called by words; the others as somebody named them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhike.crm.insight.versions import MODEL_NAME


def said(name: str) -> str:
    """The name in the reader's language."""
    return _("Customer value") if name == MODEL_NAME else name


def stored(name: str) -> str:
    """The name as it is kept, from what was said or typed."""
    return MODEL_NAME if name.strip() == _("Customer value") else name
