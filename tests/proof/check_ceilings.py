#!/usr/bin/env python3
"""No verdict says more than its records prove.

usage: check_ceilings.py DIDRUN VOCABULARY [DIDRUN_SAMPLE] [-v]

Runs `examine --json` over the shared evidence ($DIDRUN_SHARED: all event logs in one run, hives,
whole hosts, repositories, Prefetch) and over the sample hosts, and judges every verdict with
nothing but its own rows, the ceilings of data/vocabulary.yml and the word table, which is written
down here a second time. Python 3 and nothing else. Exit status 77 means skipped.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

RUNGS = ["present", "attempted", "started", "achieved", "persists"]
STATES = {"proved", "refuted", "conflicting", "absent", "unknown", "not-applicable"}
ROLES = {"proves", "refutes", "supports", "context"}
MARKS = {"control", "crash", "other-effect"}
LINKS = {"identity", "session", "name", "none"}
REASONS = {"covered", "not-collected", "damaged", "out-of-span", "cleared", "not-running", "not-asked-for", "filtered",
           "clock", "route", "unbound", "no-recorder", "not-read", "no-change", "expired", "not-on-this-system"}
KEYS = {"type", "id", "claim", "parameters", "host", "time", "time_means", "word", "marks", "label", "grade", "rule",
        "rungs", "evidence", "evidence_total", "missing", "alternatives", "constellation", "attack", "text"}
MAY = {"from_host", "host_last", "to_decide", "how", "settle", "as_of", "undone_by", "expected", "one_of", "lifetime", "aliases"}
ROW = {"rung", "role", "fact", "time", "source", "sha256", "link", "text"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z")
# Their state at rest is in the logs themselves (a log that begins with its clearing; the records of a quarantine).
AT_REST_IN_LOGS = {"log-cleared", "detection-handled"}
# What Windows notes of programs without saying that they ran.
PRESENT_ONLY = re.compile(r"AppCompatCache|Amcache|RecentFileCache", re.I)
MAX_ROWS = 64


def vocabulary(path):
    """Kinds with their ceiling, those at rest, and the meanings of time."""
    text = pathlib.Path(path).read_text(encoding="utf-8")
    kinds = dict(re.findall(r"^  ([a-z.-]+): \{shown: .*?ceiling: ([a-z]+)", text, re.M))
    at_rest = set(re.findall(r"^  ([a-z.-]+): \{shown: .*?at_rest: true", text, re.M))
    meanings = set(re.findall(r"^  ([a-z-]+): [^{\n]+$", text.partition("\nmeanings:")[2].partition("\nattributes:")[0], re.M))
    return kinds, at_rest, meanings


def word_of(s, marks):
    """Design 3.2, the first row that fits."""
    decided = s["achieved"] in ("proved", "refuted") or s["persists"] in ("proved", "refuted")
    started, achieved, persists = s["started"], s["achieved"], s["persists"]
    table = [
        ("conflicting", "conflicting" in (persists, achieved) or (not decided and started == "conflicting")),
        ("achieved-persists", achieved == "proved" and persists == "proved"),
        ("achieved-removed", achieved == "proved" and persists == "refuted"),
        ("achieved", achieved == "proved"),
        ("blocked", started == "refuted" and "control" in marks),
        ("failed-to-start", started == "refuted"),
        ("other-effect", "other-effect" in marks and achieved in ("refuted", "absent")),
        ("failed", achieved == "refuted"),
        ("persists", persists == "proved"),
        ("no-effect", "proved" in (s["attempted"], started) and achieved == "absent"),
        ("crashed", started == "proved" and "crash" in marks),
        ("ran", started == "proved"),
        ("attempted", s["attempted"] == "proved"),
        ("not-recorded", s["attempted"] == "absent"),
        ("present", s["present"] == "proved"),
    ]
    return next((word for word, fits in table if fits), "unsupported")


class Judge:
    def __init__(self, kinds, at_rest, meanings):
        self.kinds, self.at_rest, self.meanings = kinds, at_rest, meanings
        self.wrong = collections.Counter()
        self.first = {}
        self.words = collections.Counter()
        self.verdicts = 0

    def tell(self, what, verdict, run, more=""):
        self.wrong[what] += 1
        self.first.setdefault(what, f"{run}: {verdict.get('id')} {verdict.get('claim')} {verdict.get('parameters')} "
                                    f"{verdict.get('word')} {verdict.get('time')}: {more}"[:400])

    def shape(self, v, run):
        for key in KEYS - set(v):
            self.tell(f"a verdict without {key}", v, run)
        for key in set(v) - KEYS - MAY:
            self.tell(f"an unknown key {key}", v, run)
        if not re.fullmatch(r"v-[0-9a-f]{16}", v["id"]):
            self.tell("an id of another shape", v, run)
        # That program-ran folds the runs of a program is code, not a rule.
        if not re.fullmatch(re.escape(v["claim"]) + (r"@built-in" if v["claim"] == "program-ran" else r"@[0-9a-f]{16}"), v["rule"]):
            self.tell("a rule of another shape", v, run, v["rule"])
        if set(v["rungs"]) != set(RUNGS) or set(v["rungs"].values()) - STATES:
            self.tell("rungs of another shape", v, run, v["rungs"])
        if set(v["marks"]) - MARKS:
            self.tell("an unknown mark", v, run, v["marks"])
        if v["time"] is not None and not TIME.fullmatch(v["time"]):
            self.tell("a time of another shape", v, run, v["time"])
        if v["time"] is not None and v["time_means"] not in self.meanings:
            self.tell("a meaning of time that the vocabulary does not have", v, run, v["time_means"])
        if v["grade"] not in (("",) if v["word"] == "unsupported" else ("A", "B", "C")):
            self.tell("a grade that does not go with the word", v, run, v["grade"])
        if v.get("how", "process") not in ("process", "command", "typed"):
            self.tell("an unknown how", v, run, v["how"])
        if v.get("undone_by", "system") not in ("system", "same-session", "another", "unknown"):
            self.tell("an unknown undone_by", v, run, v["undone_by"])
        for name, value in v["parameters"].items():
            if value == "" or value is None or name in ("password", "secret"):
                self.tell("a parameter that should not be there", v, run, name)
        for key in ("label", "text"):
            if not v[key].strip() or "{" in re.sub(r"\{[0-9A-Fa-f-]{36}\}", "", v[key]) and "{" not in json.dumps(v["parameters"]):
                self.tell(f"a {key} that was not filled in", v, run, v[key])
        for row in v["constellation"]:
            if row["state"] not in ("found", "refuted", "absent", "unknown"):
                self.tell("a trace of an unknown state", v, run, row)
            if (row["state"] == "unknown") != ("reason" in row) or row.get("reason", "covered") not in REASONS:
                self.tell("a trace with a reason that does not go with its state", v, run, row)
        for row in v["missing"]:
            if row["rung"] not in RUNGS or row["reason"] not in REASONS or not row["what"]:
                self.tell("a missing row of another shape", v, run, row)

    def rows(self, v, run):
        per = collections.Counter()
        for row in v["evidence"]:
            for key in ROW - set(row):
                self.tell(f"an evidence row without {key}", v, run, row)
            if row["rung"] not in RUNGS or row["role"] not in ROLES or row.get("link", "none") not in LINKS:
                self.tell("an evidence row of another shape", v, run, row)
                continue
            per[row["rung"]] += 1
            if row["fact"] not in self.kinds:
                self.tell("a fact that the vocabulary does not have", v, run, row["fact"])
                continue
            if row["time"] is not None and not TIME.fullmatch(row["time"]):
                self.tell("a row's time of another shape", v, run, row["time"])
            if ("channel" in row) != ("record" in row and "event" in row):
                self.tell("a row with half of an event's address", v, run, row)
            if "channel" not in row and not row.get("place") and "offset" not in row:
                self.tell("a row that names no place", v, run, row)
            if row["role"] != "proves":
                continue
            if v["rungs"][row["rung"]] not in ("proved", "conflicting"):
                self.tell("a proof of a rung that is not proved", v, run, row)
            if row["rung"] == "started" and row["fact"] == "process.created" and row["trace"] == "child":
                # A child shows that its parent ran; then it is not the creation of that process itself.
                own = [r for r in v["evidence"] if r["rung"] == "attempted" and r.get("trace") != "child"
                       and (r["source"], r["offset"]) == (row["source"], row["offset"])]
                if own and "run" in v["parameters"]:
                    self.tell("a process is its own child", v, run, row)
                continue
            above = RUNGS.index(row["rung"]) > RUNGS.index(self.kinds[row["fact"]])
            if above and not (row["rung"] == "persists" and v["claim"] in AT_REST_IN_LOGS):
                self.tell("a row proves more than its kind may", v, run, f"{row['fact']} proves {row['rung']}")
            if PRESENT_ONLY.search(row.get("place") or "") and row["rung"] != "present":
                self.tell("ShimCache or AmCache prove more than presence", v, run, row)
        if any(n > MAX_ROWS for n in per.values()):
            self.tell("more rows than may be listed", v, run, per)
        if v["evidence_total"] < len(v["evidence"]):
            self.tell("fewer rows in total than are listed", v, run)

    def ladder(self, v, run):
        def has(rung, role):
            return any(row["rung"] == rung and row["role"] == role for row in v["evidence"])

        def looked_for(rung):
            return any(row["rung"] == rung and row["reason"] == "covered" for row in v["missing"])

        for rung in RUNGS:
            state = v["rungs"][rung]
            if state in ("proved", "conflicting") and not has(rung, "proves"):
                self.tell(f"{rung} is {state} without a row that proves it", v, run)
            if state == "conflicting" and not has(rung, "refutes"):
                self.tell(f"{rung} is conflicting without a row that refutes it", v, run)
            if state == "refuted" and not has(rung, "refutes") and not (rung == "persists" and looked_for(rung)):
                self.tell(f"{rung} is refuted without a row that refutes it", v, run)
            if state == "absent" and not looked_for(rung):
                self.tell(f"{rung} is absent, and what was looked for is not named", v, run)
            if state == "unknown" and looked_for(rung):
                self.tell(f"{rung} is unknown, though something is said to be covered", v, run,
                          [m for m in v["missing"] if m["rung"] == rung])
            if state == "unknown" and rung in ("achieved", "persists") and v["claim"] != "program-ran":
                if not any(row["rung"] == rung for row in v["missing"]):
                    self.tell(f"{rung} is unknown, and no reason is named", v, run)
            if state == "not-applicable" and has(rung, "proves"):
                self.tell(f"a row proves {rung}, which does not apply", v, run)
        if v["rungs"]["attempted"] == "refuted":
            self.tell("attempted is refuted", v, run)
        if v["rungs"]["persists"] == "refuted" and v["rungs"]["achieved"] != "proved":
            self.tell("persists is refuted of what is not proved", v, run)
        if v["rungs"]["persists"] in ("proved", "conflicting") and v["claim"] not in AT_REST_IN_LOGS:
            if not any(row["rung"] == "persists" and row["role"] == "proves" and row["fact"] in self.at_rest for row in v["evidence"]):
                self.tell("persists without state at rest", v, run)
            if not v.get("as_of"):
                self.tell("persists without the time as of which", v, run)
        want = word_of(v["rungs"], v["marks"])
        if v["word"] != want:
            self.tell("a word that its rungs do not give", v, run, f"{want}: {v['rungs']} {v['marks']}")
        if v["word"] in ("blocked",) and not has("started", "refutes"):
            self.tell("a block without the control's record", v, run)
        if v["word"] != "unsupported" and not v["evidence"]:
            self.tell("a word without a record", v, run)
        self.words[v["word"]] += 1

    def verdict(self, v, run):
        self.verdicts += 1
        before = sum(self.wrong.values())
        self.shape(v, run)
        if sum(self.wrong.values()) == before or "rungs" in v:
            self.rows(v, run)
            self.ladder(v, run)


def examine(didrun, arguments, judge, name):
    done = subprocess.run([didrun, "examine", "--json", *map(str, arguments)], capture_output=True, timeout=600, check=False)
    items = [json.loads(line) for line in done.stdout.splitlines()]
    nobody = {"id": None}
    if done.returncode not in (0, 1) or not items or items[-1]["type"] != "summary":
        judge.tell("no answer", nobody, name, f"exit status {done.returncode}: {done.stderr[-200:]!r}")
        return
    verdicts = [item for item in items if item["type"] == "verdict"]
    known = {item["source"] for item in items if item["type"] == "source"}
    ids = collections.Counter(v["id"] for v in verdicts)
    for v in verdicts:
        judge.verdict(v, name)
        if ids[v["id"]] > 1:
            judge.tell("an id that two verdicts have", v, name)
        for row in v["evidence"]:
            if row["source"] not in known:
                judge.tell("a row of a source that is not listed", v, name, row["source"])
        for other in v.get("one_of", []):
            if other not in ids and not other.startswith("v-"):
                judge.tell("one_of names no verdict", v, name, other)
    last = items[-1]
    if last["verdicts"] != len(verdicts) or last["words"] != dict(collections.Counter(v["word"] for v in verdicts)):
        judge.tell("the summary counts otherwise", nobody, name, last)


def evidence(data):
    """Name and arguments of each run over the shared evidence."""
    yield "evtx", [data / "evtx"]
    for path in sorted((data / "hosts").iterdir()):
        yield path.name, [path]
    for folder in ("registry", "amcache", "wmi"):
        for path in sorted(p for p in (data / folder).rglob("*") if p.is_file()):
            # Logs of transactions go with their hives.
            if not re.search(r"\.log[12]?(\.xz)?$", path.name, re.I):
                yield f"{folder}/{path.name}", [path]
    for path in sorted((data / "prefetch").iterdir()):
        yield f"prefetch/{path.name}", [path]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("didrun")
    parser.add_argument("vocabulary")
    parser.add_argument("sample", nargs="?", help="didrun-sample: its hosts are judged as well")
    parser.add_argument("-v", action="store_true", help="name the runs")
    options = parser.parse_args()
    judge = Judge(*vocabulary(options.vocabulary))
    if len(judge.kinds) < 100 or "occurred" not in judge.meanings:
        sys.exit("the vocabulary was not understood")
    data = pathlib.Path(os.environ.get("DIDRUN_SHARED", "../shared")) / "data"
    useless = 0
    with tempfile.TemporaryDirectory() as work:
        runs = list(evidence(data)) if data.is_dir() else []
        if options.sample:
            root = pathlib.Path(work) / "hosts"
            subprocess.run([options.sample, str(root)], check=True)
            hosts = [root / "main", root / "rest", root / "clean", *sorted((root / "twins").iterdir()), *sorted((root / "extra").iterdir())]
            runs += [(f"sample/{host.name}", [host]) for host in hosts if host.is_dir()]
        if not runs:
            print("skipped: neither shared evidence nor a sample host")
            return 77
        for name, arguments in runs:
            if options.v:
                print(name, flush=True)
            if "/" in name and not name.startswith("sample"):
                # Loose files: some are no evidence at all, which is no fault of this test.
                probe = subprocess.run([options.didrun, "examine", "--json", *map(str, arguments)], capture_output=True, check=False)
                if probe.returncode == 3:
                    useless += 1
                    continue
            examine(options.didrun, arguments, judge, name)
    for what, count in judge.wrong.most_common():
        print(f"FAIL {what}: {count} times, first {judge.first[what]}")
    print(f"{len(runs)} runs, {useless} without evidence; {judge.verdicts} verdicts: "
          + ", ".join(f"{word} {n}" for word, n in judge.words.most_common()))
    print(f"{judge.verdicts} verdicts, {sum(judge.wrong.values())} faults")
    return 1 if judge.wrong or not judge.verdicts else 0


sys.exit(main())
