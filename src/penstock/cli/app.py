"""The commands by name, and what every command does with an error."""

import os
import sys
import traceback
from collections.abc import Sequence

from cyclopts import App, CycloptsError

import penstock
from penstock.cli.console import fail
from penstock.core.cache import use_prebuilt
from penstock.core.errors import DefinitionError, PenstockError

DEFINITION, DATA, INTERRUPTED, FAULT = 2, 1, 130, 70
COMMANDS = {
    "demo": "Simulate a market, compute features over history and live, prove the bits equal.",
    "run": "Compute features over files and write them as Parquet.",
    "live": "Compute features over a feed, event by event.",
    "levels": "Touches of price levels: what the market did there, and what came after.",
    "serve": "Serve the latest values, point-in-time reads and pushes over HTTP.",
    "check": "Check that features do not look ahead: cut the future off, replace it, compare bits.",
    "catalog": "List, search and explain the features.",
    "show": "Show what is in a file: rows, schema, lineage, bad rows.",
    "view": "Check a view in a file.",
    "explain": "Print what features compile to.",
    "plan": "Print what applying definitions would change in the registry.",
    "apply": "Register definitions: views in TOML files, objects in Python files.",
    "registry": "List what is registered, its versions and its log; say what hangs on what.",
    "backfill": "Compute a registered view over files into history and online; goes on where it was killed.",
    "materialize": "Put the latest rows of history online.",
    "parity": "Compare what a store served with a replay, in bits.",
    "split": "Split a view's reads between its versions, or roll a split back.",
    "compare": "Compare two versions of a view.",
    "history": "Read the features that entities of a file had at their times.",
    "lake": "Say what there is of history; make its files few, and drop what is old.",
    "keys": "Make, list and revoke API keys.",
    "teardown": "Remove views with all that is stored of them.",
    "profile": "Say where the time and the memory of features go, and why.",
    "score": "Score texts by sentiment, as a file of events.",
    "compile": "Compile ahead into a directory that others only read.",
    "doctor": "Say what is installed, whether kernels compile, and what is cached.",
    "bench": "Measure Penstock and, where they are installed, its peers.",
}

_NAMES = {"compile": "compile_"}  # functions that could not have their command's name
CACHE = "PENSTOCK_CACHE"  # a prebuilt cache to read, where --cache names none

app = App(
    name="penstock",
    help="Features on event streams: one definition, the same bits in backfill, replay and live.",
    help_epilogue="Start with: penstock demo. Every command has --help; --debug shows where an error was raised; "
    "--cache DIR (or PENSTOCK_CACHE) reads what penstock compile made.",
    version=penstock.__version__,
    suppress_keyboard_interrupt=False,
    exit_on_error=False,
    print_error=False,
    result_action="return_value",
)
for _name, _says in COMMANDS.items():
    # by path: a command's module is loaded when it is called
    app.command(
        f"penstock.cli.{_name}:{_NAMES.get(_name, _name)}",
        name=_name,
        help=_says,
        sort_key=list(COMMANDS).index(_name),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments
        What was written after ``penstock``; by default the process's own.

    Returns
    -------
    int
        The exit status: 0; 1 for data; 2 for a definition or an option; 130 after Ctrl-C; 70 for a fault.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    try:
        given = _prebuilt([argument for argument in given if argument != "--debug"])
        return _run(given)
    except BrokenPipeError:
        # whoever read the output has gone; the interpreter must not flush into the pipe at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DATA
    except (KeyboardInterrupt, CycloptsError, PenstockError, OSError) as error:
        raised, (said, status) = error, _expected(error)
    except Exception as error:  # noqa: BLE001  (a fault of ours: said in one line, shown whole with --debug)
        said = f"error: a fault in penstock: {type(error).__name__}: {error}\nRun it again with --debug and report it."
        raised, status = error, FAULT
    if debug:
        traceback.print_exception(raised)
    fail(said)
    return status


def _prebuilt(arguments: list[str]) -> list[str]:
    """The arguments without ``--cache DIR``, which is put to use."""
    place = os.environ.get(CACHE)
    for i, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == "--cache":
            given = [value] if equals else arguments[i + 1 : i + 2]
            if not given or not given[0]:
                raise DefinitionError("--cache: a directory is needed, got none")
            place = given[0]
            arguments = [*arguments[:i], *arguments[i + (1 if equals else 2) :]]
            break
    if place:
        use_prebuilt(place)
    return arguments


def _expected(error: BaseException) -> tuple[str, int]:
    """What to say about something that may well happen, and the exit status."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted: nothing half-written was left behind", INTERRUPTED
    if isinstance(error, CycloptsError):
        return f"error: {_usage(error)}", DEFINITION
    if isinstance(error, OSError):
        return f"error: {error.filename or 'file'}: {error.strerror or error}", DATA
    return f"error: {error}", DEFINITION if isinstance(error, DefinitionError) else DATA


def _run(arguments: list[str]) -> int:
    # a lone - looks like an option without a name
    status = app(["/dev/stdin" if argument == "-" else argument for argument in arguments])
    sys.stdout.flush()
    return status if isinstance(status, int) else 0


def _usage(error: CycloptsError) -> str:
    """What cyclopts found wrong, in one line, and where to look."""
    command = " ".join(["penstock", *(error.command_chain or ())])
    return f"{command}: {' '.join(str(error).split())}\nSee {command} --help."
