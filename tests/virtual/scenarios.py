"""Every scenario file, or those named: `python -m tests.virtual.scenarios [NAME ...]`. Exit status 1 when one fails."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from tests.virtual.scenario_play import files, flaws_of_file


def main(names: Sequence[str]) -> int:
    failed = 0
    chosen = [file for file in files() if not names or file.stem in names]
    if len(names) > len(chosen):
        print(f"there are {', '.join(file.stem for file in files())}", file=sys.stderr)
        return 1
    for file in chosen:
        began_s = time.process_time()
        flaws = flaws_of_file(file)
        failed += bool(flaws)
        print(f"{'FAILED' if flaws else 'ok':6} {time.process_time() - began_s:5.1f} s  {file.stem}", flush=True)
        if flaws:
            print("\n".join(flaws), flush=True)
    print(f"{len(chosen)} scenarios, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
