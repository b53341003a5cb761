"""Compilation of numeric kernels: explicit signatures, and a disk cache that cannot go stale.

numba's own cache looks at the file of the kernel alone; a change in a kernel that is called from another file goes
unnoticed. Here the cache folder is named by the hash of all kernel sources of this package and of numba's version.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., object])

KERNEL_FILES = (
    "compiled.py",
    "forest.py",
    "sweep_kernel.py",
    "search_arrays.py",
    "search_kernel.py",
    "distflow_kernel.py",
    "reswitching_kernel.py",
    "growth_kernel.py",
    "flow_arrays.py",
    "branch_flow.py",
    "feeder_kernel.py",
    "exchange_kernel.py",
    "tree_kernel.py",
    "volt_var_kernel.py",
)


def source_hash() -> str:
    """Hash of the sources of all kernels and of the compiler's version."""
    digest = hashlib.sha256(numba.__version__.encode())
    for name in KERNEL_FILES:
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """A private folder that can be written, in the user's cache or else in the system's temporary folder."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "ringmain" / f"kernels-{source_hash()}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="ringmain-kernels-"))
    return folder


setattr(numba.config, "CACHE_DIR", str(cache_folder()))  # noqa: B010  (numba adds its settings at run time)


_njit: Callable[..., Callable[[object], object]] = numba.njit
"""Its stubs do not know every option."""


def compiled(signature: object, inner: bool = False) -> Callable[[Kernel], Kernel]:
    """Compile at import for exactly this signature. Never parallel: results must not depend on scheduling.

    Kernels let other threads run meanwhile: a search must not hold up the loop of a unit. inner: called by other
    kernels alone; without a way in from Python it compiles in half the time.
    """

    def decorate(function: Kernel) -> Kernel:
        jit = _njit(
            signature, cache=True, error_model="numpy", nogil=True, no_cfunc_wrapper=True, no_cpython_wrapper=inner
        )
        return cast(Kernel, jit(function))

    return decorate
