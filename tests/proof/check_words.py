#!/usr/bin/env python3
"""Every word is the answer to something: words.tsv, row by row.

usage: check_words.py DIDRUN DIDRUN_SAMPLE WORDS.tsv [-v]

A row names a word, evidence of the sample hosts or of $DIDRUN_SHARED, a claim and its parameters
(*: wildcard; time: of the verdict, within two seconds; check: what `check` is asked instead of
examine, as a command or as parameters). All verdicts that fit must have that word and no other.
Each of the sixteen words needs two rows, and one of each kind where both exist. Rows over evidence
that is not there are left out, and counted. Python 3 and nothing else.
"""
import collections
import datetime
import fnmatch
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

WORDS = ["conflicting", "achieved-persists", "achieved-removed", "achieved", "blocked", "failed-to-start", "other-effect",
         "failed", "persists", "no-effect", "crashed", "ran", "attempted", "not-recorded", "present", "unsupported"]
# A program has no effect; a command whose launch is not recorded is asked of a program.
EFFECT_ONLY = {"achieved-persists", "achieved-removed", "achieved", "other-effect", "failed", "persists", "no-effect"}
PROGRAM_ONLY = {"not-recorded"}


def seconds(text):
    whole, _, fraction = text.rstrip("Z").partition(".")
    return datetime.datetime.fromisoformat(whole + "+00:00").timestamp() + float("0." + (fraction or "0"))


def fits(v, row):
    wanted = dict(part.partition("=")[::2] for part in row["parameters"].split("|") if part)
    if v["claim"] != row["claim"] or ("run" in v["parameters"] and "run" not in wanted):
        return False
    if row["time"] and (not v["time"] or abs(seconds(v["time"]) - seconds(row["time"])) > 2):
        return False
    return all(fnmatch.fnmatchcase(str(v["parameters"].get(name, "\0")).casefold(), value.casefold().replace("[", "[[]"))
               for name, value in wanted.items())


def verdicts(didrun, path, row, seen):
    key = (str(path), row["check"], row["claim"] if row["check"] else "")
    if key not in seen:
        command = [didrun, "check" if row["check"] else "examine", "--json", str(path)]
        if row["check"]:
            asked = row["check"].replace("\\", "\\\\")
            command += shlex.split(asked) if "=" in asked else [row["check"]]
            command += ["--claim", row["claim"]]
        done = subprocess.run(command, capture_output=True, timeout=600, check=False)
        seen[key] = [item for item in map(json.loads, done.stdout.splitlines()) if item["type"] == "verdict"]
    return seen[key]


def main():
    didrun, sample, table = sys.argv[1:4]
    head, *body = pathlib.Path(table).read_text(encoding="utf-8").splitlines()
    rows = [dict(zip(head.split("\t"), line.split("\t") + [""] * 7)) for line in body]
    faults, left_out, right = [], 0, 0
    for word in WORDS:
        kinds = collections.Counter(row["of"] for row in rows if row["word"] == word)
        if sum(kinds.values()) < 2:
            faults.append(f"{word}: fewer than two rows")
        if not kinds["effect"] and word not in PROGRAM_ONLY or not kinds["program"] and word not in EFFECT_ONLY:
            faults.append(f"{word}: only of one kind")
    shared = pathlib.Path(os.environ.get("DIDRUN_SHARED", "../shared")) / "data"
    seen = {}
    with tempfile.TemporaryDirectory() as work:
        hosts = pathlib.Path(work) / "hosts"
        subprocess.run([sample, str(hosts)], check=True)
        for row in rows:
            where, _, name = row["evidence"].partition(":")
            path = hosts / name if where == "sample" else shared / name
            what = f"{row['word']} {row['evidence']} {row['claim']} {row['parameters']}"
            if row["word"] not in WORDS or (row["of"] == "program") != (row["claim"] == "program-ran"):
                faults.append(f"{what}: not a row")
                continue
            if not path.exists():
                left_out += where == "shared"
                if where != "shared":
                    faults.append(f"{what}: there is no such evidence")
                continue
            words = collections.Counter(v["word"] for v in verdicts(didrun, path, row, seen) if fits(v, row))
            if set(words) == {row["word"]}:
                right += 1
            else:
                faults.append(f"{what}: {dict(words) or 'no such verdict'}")
    for fault in faults:
        print(f"FAIL {fault}")
    print(f"{right} passed, {len(faults)} failed, {left_out} left out")
    return 1 if faults or not right else 0


sys.exit(main())
