"""A user's own operators, from a file that a view names."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from penstock.core.errors import DefinitionError


def own_module(path: Path) -> ModuleType:
    """The module in a file; the same one where it is loaded already.

    Compiled code imports a kernel by its module's name, so the file's name must be one that no other module has.

    Raises
    ------
    DefinitionError
        The file is not there, cannot be imported, or has another module's name.
    """
    whole = path.resolve()
    if not whole.is_file() or whole.suffix != ".py" or not whole.stem.isidentifier():
        raise DefinitionError(
            f"modules: a Python file whose name is a word is needed, got {str(path)!r}"
        )
    loaded = sys.modules.get(whole.stem)
    if loaded is not None:
        if getattr(loaded, "__file__", None) and Path(str(loaded.__file__)).resolve() == whole:
            return loaded
        raise DefinitionError(
            f"modules: a name that no other module has is needed, got {whole.stem!r} ({loaded})"
        )
    spec = importlib.util.spec_from_file_location(whole.stem, whole)
    if spec is None or spec.loader is None:
        raise DefinitionError(f"modules: a Python file is needed, got {str(path)!r}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[whole.stem] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[whole.stem]
        raise DefinitionError(
            f"modules: {path} must import, got {type(error).__name__}: {error}"
        ) from error
    return module
