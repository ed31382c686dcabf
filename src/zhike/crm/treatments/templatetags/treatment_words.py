"""Words of treatments in templates."""

from __future__ import annotations

from django import template

from zhike.crm.treatments.words import act_name

register = template.Library()
register.filter("treatment_act", act_name)
