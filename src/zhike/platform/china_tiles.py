"""The 34 province-level units of China as a grid of tiles.

Codes and order follow GB/T 2260; the position on the grid keeps neighbours together as far as squares allow.
A grid gives every unit the same room and draws no border.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Tile:
    code: str
    name: Promise
    letters: str
    column: int
    row: int


def _tile(code: str, name: Promise, letters: str, column: int, row: int) -> Tile:
    return Tile(code, name, letters, column, row)


# Column 0 is the far west, row 0 the north. ``letters`` fits a tile where the name does not.
TILES: tuple[Tile, ...] = (
    _tile("11", _("Beijing"), "BJ", 7, 2),
    _tile("12", _("Tianjin"), "TJ", 8, 3),
    _tile("13", _("Hebei"), "HE", 7, 3),
    _tile("14", _("Shanxi"), "SX", 6, 3),
    _tile("15", _("Inner Mongolia"), "NM", 6, 2),
    _tile("21", _("Liaoning"), "LN", 9, 2),
    _tile("22", _("Jilin"), "JL", 9, 1),
    _tile("23", _("Heilongjiang"), "HL", 9, 0),
    _tile("31", _("Shanghai"), "SH", 9, 5),
    _tile("32", _("Jiangsu"), "JS", 8, 5),
    _tile("33", _("Zhejiang"), "ZJ", 8, 6),
    _tile("34", _("Anhui"), "AH", 7, 5),
    _tile("35", _("Fujian"), "FJ", 7, 7),
    _tile("36", _("Jiangxi"), "JX", 7, 6),
    _tile("37", _("Shandong"), "SD", 8, 4),
    _tile("41", _("Henan"), "HA", 6, 4),
    _tile("42", _("Hubei"), "HB", 6, 5),
    _tile("43", _("Hunan"), "HN", 6, 6),
    _tile("44", _("Guangdong"), "GD", 6, 7),
    _tile("45", _("Guangxi"), "GX", 5, 7),
    _tile("46", _("Hainan"), "HI", 5, 9),
    _tile("50", _("Chongqing"), "CQ", 4, 5),
    _tile("51", _("Sichuan"), "SC", 3, 4),
    _tile("52", _("Guizhou"), "GZ", 5, 6),
    _tile("53", _("Yunnan"), "YN", 4, 7),
    _tile("54", _("Tibet"), "XZ", 1, 4),
    _tile("61", _("Shaanxi"), "SN", 5, 4),
    _tile("62", _("Gansu"), "GS", 3, 3),
    _tile("63", _("Qinghai"), "QH", 2, 3),
    _tile("64", _("Ningxia"), "NX", 4, 3),
    _tile("65", _("Xinjiang"), "XJ", 1, 2),
    _tile("71", _("Taiwan"), "TW", 9, 7),
    _tile("81", _("Hong Kong"), "HK", 7, 8),
    _tile("82", _("Macao"), "MO", 6, 8),
)
BY_CODE = {tile.code: tile for tile in TILES}
