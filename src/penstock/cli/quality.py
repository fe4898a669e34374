"""What a view's file says about bad rows, where the options say nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.cli.inputs import policy_of, view_file
from penstock.cli.options import Input

if TYPE_CHECKING:
    from penstock.declare.view_parts import Quality

COUNT = "count"  # the default of --policy and of --ranges


def policy_and_place(
    options: Input, policy: str, quarantine: Path | None
) -> "tuple[str | float, Path | None]":
    """What bad rows do, and the file that keeps them."""
    said = quality_of(options)
    if said is None:
        return policy_of(policy), quarantine
    return said.policy if policy == COUNT else policy_of(policy), quarantine or said.quarantine


def quality_of(options: Input) -> "Quality | None":
    """What the file says; None without one."""
    file = view_file(options)
    return None if file is None else file.quality


def late_options(options: Input) -> dict[str, Any]:
    """What a live view does with late events, as its keywords."""
    said = quality_of(options)
    return {} if said is None else {"on_late": said.on_late, "lateness": said.lateness}


def source_names(options: Input) -> list[str]:
    """The files that are read, by the options or by the view's file."""
    file = view_file(options)
    if options.source or file is None:
        return options.source
    return [str(source.file) for source in file.sources]
