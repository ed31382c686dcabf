"""What the build fetches and cuts: locks without addresses, every icon known, no source map, idempotent."""

from __future__ import annotations

import importlib.util
import re
import shutil
import tomllib
from pathlib import Path
from types import ModuleType

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def assets() -> dict:
    return tomllib.loads((ROOT / "frontend" / "assets.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    "lock", ["requirements/runtime.txt", "requirements/dev.txt", "frontend/package-lock.json"]
)
def test_a_lock_names_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert not re.search(r"https?:|file:|--index-url|--find-links", text)
    assert "sha256:" in text or "sha512-" in text


def test_versions_in_package_json_are_exact() -> None:
    text = (ROOT / "frontend" / "package.json").read_text("utf-8")
    versions = re.findall(r'"(?:@[\w/-]+|echarts)": "([^"]+)"', text)
    assert versions
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)


def test_every_icon_that_a_page_uses_is_in_the_sprite(hook: ModuleType, assets: dict) -> None:
    hook.build_everything()
    sprite = (ROOT / "src/zhike/web/static/icons.svg").read_text("utf-8")
    present = set(re.findall(r'id="tabler-([a-z0-9-]+)"', sprite))
    assert hook.icons_used(assets) - present == set()


def test_vendored_files_point_at_no_source_map(hook: ModuleType, assets: dict) -> None:
    for name in assets["files"]:
        assert b"sourceMappingURL" not in (hook.VENDOR / name).read_bytes()


@pytest.mark.parametrize(
    "comment", [b"//# sourceMappingURL=a.js.map\n", b"/*# sourceMappingURL=a.css.map */"]
)
def test_the_comment_of_a_source_map_goes_and_the_code_stays(hook: ModuleType, comment: bytes) -> None:
    assert hook.SOURCE_MAP.sub(b"", b"code();\n" + comment) == b"code();\n"


def test_a_second_build_fetches_nothing(hook: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    hook.build_everything()
    monkeypatch.setattr(hook, "_npm_ci", lambda folder: pytest.fail("fetched again"))
    hook.build_everything()


def test_a_changed_lock_is_fetched_again(
    hook: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "frontend", tmp_path / "frontend", ignore=shutil.ignore_patterns("node_modules"))
    monkeypatch.setattr(hook, "FRONTEND", tmp_path / "frontend")
    assert hook._is_fresh()
    with (tmp_path / "frontend" / "package-lock.json").open("a") as lock:
        lock.write(" ")
    assert not hook._is_fresh()


def test_messages_are_compiled_when_newer(hook: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalog = polib.POFile()
    catalog.append(polib.POEntry(msgid="Tier", msgstr="等级"))
    catalog.save(str(folder / "django.po"))
    hook.compile_messages(tmp_path)
    assert polib.mofile(str(folder / "django.mo"))[0].msgstr == "等级"
