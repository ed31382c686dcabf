"""Whether the tiers and segments still fit the customers, and what fixing them anew would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhike.analytics.watching.stability import ALARM, DRIFTED, WATCH
from zhike.crm.insight import labels, links, queries
from zhike.crm.insight.models import Version
from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.insight.views.page import with_snapshot
from zhike.crm.segments.models import Segment
from zhike.crm.watching import cutoffs, wording
from zhike.crm.watching import drift as watching
from zhike.crm.watching.drift import Reading, SegmentReading
from zhike.crm.watching.groups import model_name
from zhike.crm.watching.models import Proposal, SegmentProposal, sees_everybody
from zhike.crm.watching.views import frame
from zhike.platform import charts
from zhike.platform.charts import Chart, Series
from zhike.platform.permissions import allowed, requires
from zhike.platform.templatetags import zhike_format as say

#: A bin that adds less than this is not worth a word.
TELLING = 0.001
TONES = {"stable": "green", "watch": "orange", "drifted": "red", "fixed": "secondary"}


@requires("insight.view")
@require_GET
@with_snapshot
def drift(request: HttpRequest, base: Snapshot) -> HttpResponse:
    if not sees_everybody(request.user):
        return render(request, "watching/drift.html", frame.context(request, base, "drift", hidden=True))
    versions = watching.versions_in_force()
    version = _chosen(request, versions)
    readings = watching.readings(version) if version else ()
    segments = watching.segment_readings()
    model = queries.calibration_of(version).model if version else None
    if frame.wants_file(request):
        return frame.file(request, "drift", _file(readings, model))
    names = Segment.objects.visible_to(request.user).in_bulk([one.ref for one in segments])
    context = frame.context(
        request,
        base,
        "drift",
        watch=WATCH,
        alarm=ALARM,
        few=bool(readings) and readings[0].customers < watching.ENOUGH,
        enough=watching.ENOUGH,
        models=[(one.model_id, model_name(one.model), one == version) for one in versions],
        readings=[_reading(one, model) for one in readings],
        segments=[_segment(one, names[one.ref].name) for one in segments if one.ref in names],
        cutoffs=_cutoffs(names, segments),
        fixed=any(one.fixed for one in segments if one.ref in names),
        can_try=allowed(request.user, "segments.edit"),
        advice=_advice(version, model) if version else None,
        studio=_studio() if allowed(request.user, "tiers.edit") else "",
        model_id=version.model_id if version else None,
    )
    return render(request, "watching/drift.html", context)


@requires("insight.view", "segments.edit")
@require_POST
def try_cutoff(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the builder on the segment with a proposed cut-off in it: nothing changes before it is saved."""
    proposals = SegmentProposal.objects.visible_to(request.user).select_related("version")
    found = get_object_or_404(
        proposals,
        segment=pk,
        segment__in=Segment.objects.visible_to(request.user),
        version=F("segment__version"),
    )
    for one in found.content["criteria"]:
        if one["pointer"] == request.POST.get("pointer"):
            changed = cutoffs.changed(found.version.definition, one["pointer"], one["new"])
            request.session["segment_conditions"] = changed
            return redirect(f"{reverse('segments:edit', args=[pk])}?conditions=1")
    raise Http404


def _chosen(request: HttpRequest, versions: list[Version]) -> Version | None:
    """The version of the model that the address names, else that of the primary one."""
    named = [one for one in versions if str(one.model_id) == request.GET.get("model")]
    return next(iter([*named, *versions]), None)


def _words(standing: str) -> str:
    return {
        "stable": _("Stable"),
        "watch": _("Keep an eye on it"),
        "drifted": _("Has drifted"),
        "fixed": _("Size by definition"),
    }[standing]


def _reading(one: Reading, model: Any) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": wording.name_of(one.code, model),
        "index": one.stability.index,
        "standing": _words(one.stability.standing),
        "tone": TONES[one.stability.standing],
        "since": one.bins.since,
        "largest": _largest(one),
        "chart": _chart(one, model),
    }


def _chart(one: Reading, model: Any) -> Chart:
    return charts.bars(
        title=wording.name_of(one.code, model),
        labels=wording.bin_names(one),
        series=[
            Series(
                _("When the tiers were fixed"),
                [found.expected for found in one.stability.bins],
                color=charts.UNTIERED,
            ),
            Series(_("Now"), [found.actual for found in one.stability.bins]),
        ],
        unit="percent",
        label_title=wording.name_of(one.code, model),
    )


def _largest(one: Reading) -> str:
    """The bin that adds most to the index, with its shares."""
    pairs = list(zip(one.stability.bins, wording.bin_names(one), strict=True))
    found, name = max(pairs, key=lambda pair: pair[0].contribution)
    if found.contribution < TELLING:
        return ""
    return _("%(bin)s: from %(before)s to %(now)s of the customers (%(part)s of the index)") % {
        "bin": name,
        "before": say.percent(found.expected),
        "now": say.percent(found.actual),
        "part": say.number(found.contribution, 3),
    }


def _segment(one: SegmentReading, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "url": links.customers(segment=one.ref),
        "since": one.since,
        "before": one.before,
        "now": one.now,
        "times": None if one.fixed else one.times,
        "index": None if one.fixed else one.stability.index,
        "standing": _words(one.standing),
        "tone": TONES[one.standing],
    }


def _cutoffs(names: Mapping[int, Segment], segments: Sequence[SegmentReading]) -> list[dict[str, Any]]:
    """For each segment that has drifted the cut-offs with which it would have its former size."""
    drifted = {one.ref for one in segments if one.standing == DRIFTED} & names.keys()
    proposals = SegmentProposal.objects.filter(segment__in=drifted, version=F("segment__version"))
    found = {one.segment_id: one for one in proposals.select_related("version")}
    return [
        {
            "pk": ref,
            "name": names[ref].name,
            "edit": reverse("segments:edit", args=[ref]),
            "rows": [
                {
                    **one,
                    "is": wording.told(one, "is"),
                    "would_be": wording.told(one, "would_be"),
                    "moved": wording.moved(one["size"] - one["now"]),
                }
                for one in (wording.cutoffs(found[ref]) if ref in found else [])
            ],
        }
        for ref in sorted(drifted)
    ]


def _advice(version: Version, model: Any) -> dict[str, Any] | None:
    found = Proposal.objects.filter(version=version).first()
    if found is None or model is None:
        return None
    drifted, names = set(found.content["drifted"]), labels.tier_names(model)
    return {
        "as_of": found.as_of,
        "criteria": [
            {
                "name": labels.dimension_name(one["code"], model),
                "measure": labels.feature_name(one["feature"]),
                "drifted": one["code"] in drifted,
                "old": wording.value(one["old"], one["unit"]),
                "new": wording.value(one["new"], one["unit"]),
            }
            for one in found.content["criteria"]
        ],
        "cuts": [
            {
                "rank": one["rank"],
                "name": names.get(one["rank"], ""),
                "old": one["old"],
                "new": one["new"],
            }
            for one in reversed(found.content["cuts"])
        ],
        **{name: found.content[name] for name in ("moved", "up", "down", "customers", "sampled")},
    }


def _studio() -> str:
    """Where a draft of the model begins; nothing while there is no studio."""
    try:
        return reverse("studio:create")
    except NoReverseMatch:
        return ""


def _file(readings: Sequence[Reading], model: Any) -> list[list[Any]]:
    heads = [
        *(_("Measure"), _("Index"), _("Bin"), _("When the tiers were fixed"), _("Now")),
        _("Part of the index"),
    ]
    rows = [
        [
            wording.name_of(one.code, model),
            one.stability.index,
            name,
            found.expected,
            found.actual,
            found.contribution,
        ]
        for one in readings
        for found, name in zip(one.stability.bins, wording.bin_names(one), strict=True)
    ]
    return [heads, *rows]
