"""``zhike import customers|contacts|products|orders FILE``: the same work as the page, in the foreground."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from zhike.platform.errors import DomainError

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group(name="import")
def import_group() -> None:
    """Import customers, contacts, products or orders from CSV, TSV, Excel or Parquet (also .gz)."""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(
        (
            click.argument("file", type=FILE),
            click.option("--mapping", type=FILE, help="JSON: {columns: {header: field}, date_orders: {…}}."),
            click.option("--dry-run", is_flag=True, help="Say what would happen, write nothing."),
            click.option(
                "--report", type=click.Path(path_type=Path), help="Where to write the rejected rows."
            ),
            click.option("--source", default="", help="Name of the system the file comes from."),
            click.option("--encoding", default="", help="Text encoding, when it is not found out."),
            click.option("--delimiter", default="", help="Delimiter, when it is not found out."),
            click.option("--sheet", default="", help="Sheet of a workbook."),
            click.option("--header-row", type=int, default=0, help="Row with the column names."),
            click.option(
                "--option", "options", multiple=True, metavar="NAME=VALUE", help="See docs/use/import.md."
            ),
            click.option("--quiet", is_flag=True, help="No progress."),
        )
    ):
        command = option(command)
    return command


def _command(entity: str) -> click.Command:
    @_options
    def run(**given: Any) -> None:
        _run(entity, **given)

    return click.command(name=entity, help=f"Import {entity}.")(run)


for _entity in ("customers", "contacts", "products", "orders"):
    import_group.add_command(_command(_entity))


def _run(
    entity: str,
    *,
    file: Path,
    mapping: Path | None,
    dry_run: bool,
    report: Path | None,
    source: str,
    options: tuple[str, ...],
    quiet: bool,
    **reading: Any,
) -> None:
    from zhike.crm.imports import services

    run = services.receive_file(
        actor=None, entity=entity, chunks=_chunks(file), file_name=file.name, source=source
    )
    if any(reading.values()):
        services.choose_reading(actor=None, run=run, reading=reading)
    chosen = json.loads(mapping.read_text(encoding="utf-8")) if mapping else run.mapping
    services.choose_mapping(actor=None, run=run, mapping=chosen, options=_parsed(options))
    _say_columns(run)
    _work(services.start(actor=None, run=run, dry_run=dry_run, deliver=False), quiet)
    run.refresh_from_db()
    _say_result(run)
    if report is not None:
        _write_report(run, report)
    if run.state != "done":
        raise DomainError(run.error, code="failed")


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while chunk := source.read(1 << 20):
            yield chunk


def _parsed(options: tuple[str, ...]) -> dict[str, Any]:
    words = {"true": True, "yes": True, "false": False, "no": False}
    pairs = (option.partition("=") for option in options)
    return {name.strip().replace("-", "_"): words.get(value.lower(), value) for name, _eq, value in pairs}


def _say_columns(run: Any) -> None:
    found = run.reading["found"]
    about = [found["kind"], found["encoding"], found["sheet"], f"header in row {found['header_row']}"]
    click.echo(f"{run.file_name}: {', '.join(part for part in about if part)}")
    for header in found["headers"]:
        click.echo(f"  {header} -> {run.mapping['columns'].get(header, '(not imported)')}")


def _work(job: Any, quiet: bool) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from zhike.platform import jobs

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, disable=quiet) as progress:
        task = progress.add_task("…", total=None)

        def watch(done: int, total: int, message: Any) -> None:
            progress.update(task, completed=done, total=total or None, description=str(message))

        jobs.run(job.pk, watch)


def _say_result(run: Any) -> None:
    if not run.counts:
        return
    names = ("rows", "created", "updated", "skipped", "failed", "doubtful")
    prefix = "trial run: " if run.dry_run else ""
    click.echo(prefix + ", ".join(f"{name} {run.counts.get(name, 0):,}" for name in names))
    for kind, counts in run.counts.get("records", {}).items():
        click.echo(f"  {kind}: " + ", ".join(f"{name} {count:,}" for name, count in counts.items()))
    if run.state == "done" and not run.dry_run:
        click.echo(f"import number {run.pk}: it can be undone on its page")


def _write_report(run: Any, path: Path) -> None:
    from zhike.crm.imports import error_file, queries

    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        file.writelines(error_file.lines(queries.error_rows(run)))
    part.replace(path)
    click.echo(f"{run.counts.get('failed', 0):,} rejected rows: {path}")
