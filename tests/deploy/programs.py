"""The small programs of deploy/ that containers run, and the doubles they are tried on, as modules.

They lie in no package, for they are copied into an image one by one.
"""

import sys
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

from tests.deploy.engine import ROOT, STANDINS


@cache
def program(name: str) -> ModuleType:
    """Return a program of deploy/ as a module."""
    return _loaded(f"deploy_{name}", str(ROOT / "deploy" / f"{name}.py"))


@cache
def ollama() -> ModuleType:
    """Return the double of Ollama."""
    return _loaded("standin_ollama", str(STANDINS / "ollama" / "ollama.py"))


def _loaded(name: str, file: str) -> ModuleType:
    spec = spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
