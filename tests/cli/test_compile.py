"""``penstock compile`` and the cache that it makes."""

import ctypes
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from penstock.core import cache, native

pytestmark = pytest.mark.skipif(not native.available(), reason="nothing compiles here")

FEATURES = "price.log_return,volume.volume"
# a run and a live view of the features, and how often Numba compiled
PROGRAM = """
import json, sys
from numba.core import event
import penstock as ps
ps.use_prebuilt(sys.argv[1])
from penstock.core.native import cache_counts
from penstock.engine import Engine
from penstock.plan import build
from penstock.streams import Stream
from penstock.events import Book, Trade
with event.install_recorder("numba:compile") as seen:
    view = ps.View("first", ["price.log_return", "volume.volume"], on="bar:1m")
    plan = build(view.columns(), view.on, (Stream(Trade), Stream(Book)))
    live = ps.Live(view, streams=(Trade, Book))
    live.offer(ps.Event.of(Trade, time=1, price=1.0, size=1.0, side=1))
    engine = Engine(plan, capacity=64)
    engine.snapshot()
print(json.dumps({"compiled": len(seen.buffer), **cache_counts()}))
"""


slow = pytest.mark.slow  # the directory is compiled from nothing


@pytest.fixture(scope="module")
def built():
    """A cache that was built by the command, in a directory that everybody may read."""
    place = Path(tempfile.mkdtemp(prefix="prebuilt-"))
    place.chmod(0o755)
    command = [sys.executable, "-m", "penstock", "compile", "--features", FEATURES, "--on", "bar:1m",
               "--out", str(place / "kernels"), "--json"]  # fmt: skip
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    yield place / "kernels", json.loads(said.stdout)
    shutil.rmtree(place)


def bound_by_modes() -> None:
    """Take the right to write everywhere from the process that is to be: root has it otherwise."""
    for capability in (1, 2, 3):  # DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def as_reader(place: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python as somebody who may write neither here nor at home."""
    given = {"HOME": place / "home", "PYTHONDONTWRITEBYTECODE": 1, **environment}
    return subprocess.run(
        ["env", *(f"{name}={value}" for name, value in given.items()), sys.executable, *command],
        cwd=place,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=bound_by_modes,
    )


def writable(folder: Path) -> None:
    """Give the directories back to their owner."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)


@pytest.fixture
def read_only(built):
    place, _ = built
    for path in (*place.rglob("*"), place):
        path.chmod(path.stat().st_mode & ~0o222)
    yield place
    writable(place)


@slow
def test_what_was_built_is_said(built):
    place, found = built
    assert Path(found["directory"]) == place / cache.folder(native.platform_text())
    assert found["entries"] == found["compiled"] > 5
    assert len(list(Path(found["directory"]).glob("*.py"))) == found["entries"]


@slow
def test_nothing_compiles_where_a_prebuilt_cache_is_only_read(read_only):
    before = sorted(path.stat().st_mtime_ns for path in read_only.rglob("*"))
    found = json.loads(as_reader(read_only, "-c", PROGRAM, str(read_only)).stdout)
    assert found["compiled"] == 0
    assert found["misses"] == 0
    assert found["hits"] == found["prebuilt"] > 5
    assert sorted(path.stat().st_mtime_ns for path in read_only.rglob("*")) == before


@slow
def test_the_doctor_says_which_cache_is_used_and_why(read_only, tmp_path):
    said = as_reader(read_only, "-m", "penstock", "--cache", str(read_only), "doctor", "--json")
    found = json.loads(said.stdout)["cache"]
    assert found["kind"] == "prebuilt"
    assert found["prebuilt"] == str(read_only / cache.folder(native.platform_text()))
    assert "cannot be made" in found["why"]
    said = as_reader(read_only, "-m", "penstock", "doctor", PENSTOCK_CACHE=str(read_only))
    assert "prebuilt: " in said.stdout
    found = json.loads(as_reader(read_only, "-m", "penstock", "doctor", "--json").stdout)["cache"]
    assert found["kind"] == "temporary"
    assert found["private"]


@slow
def test_what_a_prebuilt_cache_lacks_is_compiled_elsewhere(built, tmp_path):
    copy = tmp_path / "kernels"
    shutil.copytree(built[0], copy)
    place = copy / cache.folder(native.platform_text())
    for path in place.glob("push_*"):
        path.unlink()
    command = ["env", f"HOME={tmp_path / 'home'}", sys.executable, "-c", PROGRAM, str(copy)]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(said.stdout)
    assert found["misses"] == 1
    assert found["prebuilt"] == found["hits"]
    assert not list(place.glob("push_*"))


@pytest.fixture
def setting():
    yield cache.use_prebuilt
    cache.use_prebuilt(None)


def test_a_cache_of_another_platform_is_left_alone_and_the_doctor_says_so(
    tmp_path, setting, penstock
):
    place = tmp_path / "kernels" / "0123"
    place.mkdir(parents=True)
    (place / cache.NAMED).write_text("another machine\n")
    found = json.loads(penstock("--cache", place.parent, "doctor", "--json").out)["cache"]
    assert found["kind"] == "user"
    assert "is for another machine, and this is" in found["why"]
    found = json.loads(penstock(f"--cache={tmp_path}/none", "doctor", "--json").out)["cache"]
    assert "no prebuilt cache at" in found["why"]


@slow
def test_a_cache_that_others_may_write_is_not_read(built, setting):
    place, found = built
    Path(found["directory"]).chmod(0o777)
    try:
        setting(place)
        assert "others may write it" in cache.find(native.platform_text()).why
    finally:
        Path(found["directory"]).chmod(0o755)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--out", "k"), "one of --features, --view and --all is needed, got none"),
        (("--out", "k", "--all", "--features", "volume.volume"), "got --features and --all"),
        (("--out", "k", "--features", "volume.volum"), "did you mean 'volume.volume'?"),
        (("--out", "/dev/null/k", "--features", "volume.volume"), "a directory that can be made"),
    ],
)
def test_a_wrong_request_is_one_line(penstock, tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    said = penstock("compile", *arguments)
    assert said.status == 2
    assert says in said.err
    assert said.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_cache_option_without_a_directory_is_refused(penstock):
    assert "--cache: a directory is needed" in penstock("doctor", "--cache").err
