"""Runs all checks against a container. Exits with 1 if a check fails."""

import sys
import traceback

import checks_app
import checks_edge
import checks_fleet
import checks_limits
import checks_shape
import checks_start
import checks_tls
import rig

MODULES = (checks_start, checks_shape, checks_limits, checks_edge, checks_app, checks_tls, checks_fleet)
wanted = sys.argv[1:]
passed = failed = 0
try:
    for module in MODULES:
        if wanted and module.__name__.removeprefix("checks_") not in wanted:
            continue
        module.prepare()
        for name, check in list(vars(module).items()):
            if not name.startswith("check_"):
                continue
            sentence = name.removeprefix("check_").replace("_", " ")
            try:
                note = check()
                passed += 1
                print(f"ok   {sentence}" + (f" ({note})" if note else ""), flush=True)
            except Exception as error:
                failed += 1
                last = traceback.extract_tb(error.__traceback__)[-1]
                print(f"FAIL {sentence}: {type(error).__name__} {error} ({last.name}:{last.lineno})", flush=True)
finally:
    rig.end()
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
