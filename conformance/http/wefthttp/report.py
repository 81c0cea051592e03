"""Results: what was checked, whether it came out as it should, and which deviations are known."""

import os
from dataclasses import asdict, dataclass, field

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@dataclass
class Case:
    """One check. `state`: passed, failed, skipped, deviation (fails as written down), unexpected-pass."""

    name: str
    state: str
    detail: str = ""


@dataclass
class Suite:
    """One suite's cases."""

    name: str
    cases: list = field(default_factory=list)
    figures: dict = field(default_factory=dict)

    def add(self, name, ok, detail=""):
        self.cases.append(Case(name, "passed" if ok else "failed", detail))

    def count(self, state):
        return sum(case.state == state for case in self.cases)

    @property
    def ok(self):
        return bool(self.cases) and not self.count("failed") and not self.count("unexpected-pass")

    def line(self):
        states = ("passed", "failed", "deviation", "unexpected-pass", "skipped")
        counts = ", ".join(f"{self.count(s)} {s}" for s in states if self.count(s) or s in ("passed", "failed"))
        figures = "".join(f", {key} {value}" for key, value in self.figures.items())
        return f"{'ok  ' if self.ok else 'FAIL'} {self.name}: {counts}{figures}"

    def json(self):
        states = ("passed", "failed", "deviation", "unexpected-pass", "skipped")
        return {
            "name": self.name,
            "ok": self.ok,
            **{state.replace("-", "_"): self.count(state) for state in states},
            **self.figures,
            "cases": [asdict(case) for case in self.cases],
        }


def expectations(suite):
    """Known deviations of a suite, name -> reason: lines `suite | case | rule | reason` of expectations.txt."""
    known = {}
    with open(os.path.join(HERE, "expectations.txt")) as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                of, case, rule, reason = (part.strip() for part in line.split("|", 3))
                if of == suite:
                    known[case] = f"{rule}: {reason}"
    return known


def compare(suite):
    """Turns failures that are written down into deviations, and passes that are written down as failures into errors."""
    known = expectations(suite.name)
    for case in suite.cases:
        reason = known.pop(case.name, None)
        if reason and case.state == "failed":
            case.state, case.detail = "deviation", f"{reason} ({case.detail})"
        elif reason and case.state == "passed":
            case.state, case.detail = "unexpected-pass", f"passes now: remove it from expectations.txt ({reason})"
    for name in known:
        suite.cases.append(Case(name, "failed", "named in expectations.txt, and did not run"))
    return suite
