"""The 34 province-level units of China as a grid of tiles.

Codes and order follow GB/T 2260; the position on the grid keeps neighbours together as far as squares allow.
A grid gives every unit the same room and draws no border.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Tile:
    code: str
    name: Promise
    short: Promise
    column: int
    row: int


def _tile(code: str, name: Promise, short: Promise, column: int, row: int) -> Tile:
    return Tile(code, name, short, column, row)


# Column 0 is the far west, row 0 the north. ``short`` is the name that fits a tile.
TILES: tuple[Tile, ...] = (
    _tile("11", _("Beijing"), pgettext_lazy("province, two letters", "BJ"), 7, 2),
    _tile("12", _("Tianjin"), pgettext_lazy("province, two letters", "TJ"), 8, 3),
    _tile("13", _("Hebei"), pgettext_lazy("province, two letters", "HE"), 7, 3),
    _tile("14", _("Shanxi"), pgettext_lazy("province, two letters", "SX"), 6, 3),
    _tile("15", _("Inner Mongolia"), pgettext_lazy("province, two letters", "NM"), 6, 2),
    _tile("21", _("Liaoning"), pgettext_lazy("province, two letters", "LN"), 9, 2),
    _tile("22", _("Jilin"), pgettext_lazy("province, two letters", "JL"), 9, 1),
    _tile("23", _("Heilongjiang"), pgettext_lazy("province, two letters", "HL"), 9, 0),
    _tile("31", _("Shanghai"), pgettext_lazy("province, two letters", "SH"), 9, 5),
    _tile("32", _("Jiangsu"), pgettext_lazy("province, two letters", "JS"), 8, 5),
    _tile("33", _("Zhejiang"), pgettext_lazy("province, two letters", "ZJ"), 8, 6),
    _tile("34", _("Anhui"), pgettext_lazy("province, two letters", "AH"), 7, 5),
    _tile("35", _("Fujian"), pgettext_lazy("province, two letters", "FJ"), 7, 7),
    _tile("36", _("Jiangxi"), pgettext_lazy("province, two letters", "JX"), 7, 6),
    _tile("37", _("Shandong"), pgettext_lazy("province, two letters", "SD"), 8, 4),
    _tile("41", _("Henan"), pgettext_lazy("province, two letters", "HA"), 6, 4),
    _tile("42", _("Hubei"), pgettext_lazy("province, two letters", "HB"), 6, 5),
    _tile("43", _("Hunan"), pgettext_lazy("province, two letters", "HN"), 6, 6),
    _tile("44", _("Guangdong"), pgettext_lazy("province, two letters", "GD"), 6, 7),
    _tile("45", _("Guangxi"), pgettext_lazy("province, two letters", "GX"), 5, 7),
    _tile("46", _("Hainan"), pgettext_lazy("province, two letters", "HI"), 5, 9),
    _tile("50", _("Chongqing"), pgettext_lazy("province, two letters", "CQ"), 4, 5),
    _tile("51", _("Sichuan"), pgettext_lazy("province, two letters", "SC"), 3, 4),
    _tile("52", _("Guizhou"), pgettext_lazy("province, two letters", "GZ"), 5, 6),
    _tile("53", _("Yunnan"), pgettext_lazy("province, two letters", "YN"), 4, 7),
    _tile("54", _("Tibet"), pgettext_lazy("province, two letters", "XZ"), 1, 4),
    _tile("61", _("Shaanxi"), pgettext_lazy("province, two letters", "SN"), 5, 4),
    _tile("62", _("Gansu"), pgettext_lazy("province, two letters", "GS"), 3, 3),
    _tile("63", _("Qinghai"), pgettext_lazy("province, two letters", "QH"), 2, 3),
    _tile("64", _("Ningxia"), pgettext_lazy("province, two letters", "NX"), 4, 3),
    _tile("65", _("Xinjiang"), pgettext_lazy("province, two letters", "XJ"), 1, 2),
    _tile("71", _("Taiwan"), pgettext_lazy("province, two letters", "TW"), 9, 7),
    _tile("81", _("Hong Kong"), pgettext_lazy("province, two letters", "HK"), 7, 8),
    _tile("82", _("Macao"), pgettext_lazy("province, two letters", "MO"), 6, 8),
)
BY_CODE = {tile.code: tile for tile in TILES}
