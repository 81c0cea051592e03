"""conformance/http/run: borrowed HTTP suites and shapes of bad input against a node's proxy on loopback."""

import argparse
import json
import os
import sys
import time

from . import answers, floods, h2spec, interop, programs, slow, smuggling

SUITES = {"h2spec": h2spec.run, "interop": interop.run, "smuggling": smuggling.run, "answers": answers.run, "slow": slow.run,
          "floods": floods.run}


def arguments():
    parser = argparse.ArgumentParser(prog="conformance/http/run", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(SUITES), metavar="NAME",
                        help=f"one of {', '.join(SUITES)}; repeatable")
    parser.add_argument("--output", choices=["text", "json"], default="text")
    parser.add_argument("--verbose", action="store_true", help="print every case, not only what is not plainly passed")
    parser.add_argument("--weft", default=os.path.join(programs.ROOT, "weft"), help="the weft command (default: this tree's)")
    return parser.parse_args()


def main():
    options = arguments()
    suites = []
    for name in options.only or SUITES:
        begin = time.monotonic()
        print(f"{name} …", file=sys.stderr, flush=True)
        for suite in SUITES[name](options):
            suite.figures["seconds"] = round(time.monotonic() - begin, 1)
            suites.append(suite)
            if options.output == "text":
                show(suite, options.verbose)
    if options.output == "json":
        print(json.dumps({"ok": all(suite.ok for suite in suites), "suites": [suite.json() for suite in suites]}))
    sys.exit(0 if all(suite.ok for suite in suites) else 1)


def show(suite, verbose):
    print(suite.line(), flush=True)
    for case in suite.cases:
        if verbose or case.state != "passed":
            print(f"  {case.state:<10} {case.name}  {case.detail}", flush=True)


if __name__ == "__main__":
    main()
