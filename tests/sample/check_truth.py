#!/usr/bin/env python3
"""Holds the verdicts on the sample hosts against what happened on them.

usage: check_truth.py DIDRUN DIDRUN_SAMPLE [--only WORDS] [--keep FOLDER] [-v]

didrun-sample writes the main host, its twins and a host on which nothing happened, and truth.tsv.
A row of truth.tsv holds when the folder has a verdict with this claim, these parameters and this
time whose word is one of the words, which cites the records and says the texts, and no verdict of
that claim and parameters with a forbidden word. On the clean host nothing may need a decision.
Python 3 and nothing else. The last line is "N passed, N failed"; exit status 77 means skipped.
"""
import argparse
import datetime
import fnmatch
import json
import pathlib
import subprocess
import sys
import tempfile

WITHIN = 5.0  # seconds between the time of a verdict and that of its row
PROGRAMS = {"program-ran", "code-ran", "script-ran"}  # too many to name
NEVER_HERE = {"account-created", "account-deleted", "account-password-set", "group-member-added", "log-cleared",
              "audit-policy-changed", "defender-disabled", "defender-exclusion-added", "detection-handled", "task-deleted"}


def seconds(text):
    whole, _, fraction = text.rstrip("Z").partition(".")
    moment = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc)
    return moment.timestamp() + float("0." + (fraction or "0"))


def pairs(text):
    return [part.partition("=")[::2] for part in text.split("|") if part]


def equal(want, have):
    want, have = want.casefold(), str(have).casefold()
    return fnmatch.fnmatchcase(have, want.replace("[", "[[]")) if "*" in want else want == have


def is_about(verdict, row):
    if verdict.get("claim") != row["claim"]:
        return False
    parameters = verdict.get("parameters", {})
    return all(equal(value, parameters[name]) if name in parameters else False for name, value in pairs(row["parameters"]))


def is_then(verdict, row):
    return not row["time"] or (verdict.get("time") and abs(seconds(verdict["time"]) - seconds(row["time"])) <= WITHIN)


def cites(verdict, record):
    channel, _, number = record.rpartition(":")
    return any(str(item.get("record")) == number and equal(channel, item.get("channel", ""))
               for item in verdict.get("evidence", []))


def lacks(verdict, row):
    """What the verdict lacks of the row; "" if nothing."""
    if verdict.get("word") not in row["words"].split("|"):
        return f"the word is {verdict.get('word')}, not {row['words']}"
    for record in filter(None, row["records"].split("|")):
        if not cites(verdict, record):
            return f"{record} is not cited"
    said = " ".join(str(verdict.get(key, "")) for key in ("text", "label")) + json.dumps(verdict.get("missing", []))
    for text in filter(None, row["says"].split("|")):
        if text.casefold() not in said.casefold():
            return f"it does not say {text!r}"
    return ""


def judge(row, verdicts):
    """What is wrong with the verdicts, as far as this row goes; "" if nothing."""
    about = [v for v in verdicts if is_about(v, row)]
    for verdict in about:
        if verdict.get("word") in filter(None, row["forbidden"].split("|")) and is_then(verdict, row):
            return f"forbidden: {verdict.get('id')} is {verdict['word']}"
    if not row["words"]:
        return ""
    meant = [v for v in about if is_then(v, row)]
    if not meant:
        near = sorted({f"{v.get('word')} {v.get('time')}" for v in about})
        others = sorted({f"{v.get('claim')}:{v.get('word')}" for v in verdicts if v.get("claim") not in PROGRAMS})
        return "there is no such verdict; of claim and parameters: " + (", ".join(near) or "none; there are " + ", ".join(others)[:200])
    wrong = [lacks(v, row) for v in meant]
    return min(wrong, key=len) if all(wrong) else ""


def run(command):
    return subprocess.run(command, capture_output=True, text=True, errors="surrogateescape", timeout=300, check=False)


def lines_of(done):
    return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]


def examine(didrun, folders):
    done = run([didrun, "examine", "--json", *map(str, folders)])
    items = lines_of(done)
    if not items or items[-1].get("type") != "summary":
        return None, f"exit status {done.returncode}: {done.stderr.strip()[-300:]}"
    if done.returncode not in (0, 1):
        return None, f"exit status {done.returncode}: {done.stderr.strip()[-300:]}"
    return items, ""


def check_clean(didrun, folder):
    """What needs a decision on a host on which nothing happened; [] if nothing."""
    items, trouble = examine(didrun, [folder])
    if trouble:
        return [trouble]
    wrong = [] if items[-1].get("to_decide") == 0 else [f"{items[-1].get('to_decide')} verdicts to decide"]
    shown = run([didrun, "examine", str(folder)])
    if "To decide" in shown.stdout:
        wrong.append("examine puts something up for decision")
    for item in items:
        # What nobody set off here, in any word that says it was.
        if item.get("claim") in NEVER_HERE and item.get("word") not in ("unsupported", "not-recorded"):
            wrong.append(f"{item['claim']} {item.get('parameters')} is {item.get('word')}")
    return wrong


def ask(didrun, folder, row):
    done = run([didrun, "check", "--json", str(folder), row["check"].removeprefix("="), "--claim", row["claim"]])
    return [item for item in lines_of(done) if item.get("type") in ("verdict", "check", "answer") and "word" in item]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("didrun")
    parser.add_argument("sample")
    parser.add_argument("--only", default="", help="only rows whose story or folder has this in it")
    parser.add_argument("--keep", help="write the hosts here and leave them")
    parser.add_argument("-v", action="store_true", help="name the rows that hold, too")
    options = parser.parse_args()
    if not pathlib.Path(options.didrun).exists():
        print("skipped: there is no didrun")
        return 77
    with tempfile.TemporaryDirectory() as work:
        root = pathlib.Path(options.keep or work) / "hosts"
        subprocess.run([options.sample, str(root)], check=True)
        head, *body = (root / "truth.tsv").read_text(encoding="utf-8").splitlines()
        rows = [dict(zip(head.split("\t"), line.split("\t"))) for line in body]
        rows = [row for row in rows if options.only in row["story"] + " " + row["folder"]]
        passed = failed = 0
        seen = {}
        for row in rows:
            folder = row["folder"]
            if folder not in seen:
                seen[folder] = examine(options.didrun, [root / part for part in folder.split(" ")])
            items, trouble = seen[folder]
            verdicts = [item for item in items or [] if item.get("type") == "verdict"]
            name = f"{row['story']} in {folder}: {row['claim']} {row['parameters']}"
            if trouble:
                wrong = trouble
            elif row["check"]:
                answers = ask(options.didrun, root / folder, row)
                words = sorted({a["word"] for a in answers})
                wrong = "" if set(words) & set(row["words"].split("|")) else f"check answers {words}, not {row['words']}"
                name += f" (check {row['check']!r})"
            else:
                wrong = judge(row, verdicts)
            if wrong:
                failed += 1
                print(f"FAIL {name}: {wrong}")
            else:
                passed += 1
                if options.v:
                    print(f"ok   {name}")
        if options.only in "clean":
            wrong = check_clean(options.didrun, root / "clean")
            for line in wrong:
                print(f"FAIL clean: {line}")
            failed += bool(wrong)
            passed += not wrong
        print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
