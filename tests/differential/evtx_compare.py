#!/usr/bin/env python3
"""Compares didrun's JSON of event logs with that of the PyPI package `evtx` (a binding of the Rust
crate of that name), record by record and value by value.

    pip install evtx
    tests/differential/evtx_compare.py [--tool "build/dev/didrun parse"] FOLDER_OR_FILE...

A development-time check: nothing of it is needed to build or to test didrun. Differences that are
known and wanted are counted by kind; docs/formats/evtx.md gives the reason of each kind. Anything
else is printed, and the exit status is 1.
"""
import argparse
import collections
import json
import os
import re
import shlex
import subprocess
import sys

import evtx

LONE = re.compile("[\ud800-\udfff]")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?$")
GUID = re.compile(r"\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?$")


def pairs(items):
    """JSON objects with double keys keep them all."""
    out = {}
    for key, value in items:
        out.setdefault(key, []).append(value)
    return out


def flat(value, path, out):
    """(path, leaf) of every value, suffixes of repeated names taken off."""
    if isinstance(value, dict):
        for key, values in value.items():
            name = re.sub(r"_\d+$", "", key)
            for one in values:
                flat(one, path if name == "#text" else path + (name,), out)
    elif isinstance(value, list):
        for one in value:
            flat(one, path, out)
    else:
        out.append((path, value))


def same_number(a, b):
    try:
        return float(a) == float(b)
    except ValueError:
        return False


def kind_of_difference(ours, theirs):
    """None when the two leaves are equal; else a word for the kind of difference."""
    if ours == theirs and type(ours) is type(theirs):
        return None
    if ours in (None, "") and theirs in (None, ""):
        return "empty"
    a, b = str(ours), str(theirs)
    if isinstance(ours, bool) or isinstance(theirs, bool):
        a, b = a.lower(), b.lower()
    if a == b:
        return "number-as-string"
    if TIME.match(a) and TIME.match(b) and a[:26].rstrip("0Z") == b[:26].rstrip("0Z"):
        return "time-digits"
    if GUID.match(a) and GUID.match(b) and a.strip("{}").lower() == b.strip("{}").lower():
        return "guid-form"
    if "\0" in a and a.split("\0")[0] == ("" if theirs is None else b):
        return "text-after-nul"
    if LONE.sub("\ufffd", a) == b:
        return "lone-surrogate"
    if same_number(a, b):
        return "float-digits"
    return "DIFFERENT"


def compare(ours, theirs, report, where):
    a, b = [], []
    flat(ours.get("Event", [None])[0], (), a)
    flat(theirs.get("Event", [None])[0], (), b)
    left = collections.defaultdict(list)
    for path, value in b:
        left[path].append(value)
    for path, value in a:
        if left[path]:
            other = left[path].pop(0)
            kind = kind_of_difference(value, other)
        else:
            other, kind = None, "only-here" if value not in (None, "") else "empty"
        if kind:
            report(kind, where, path, value, other)
    for path, values in left.items():
        for other in values:
            report("only-there" if other not in (None, "") else "empty", where, path, None, other)


def identity(record):
    system = record.get("Event", [{}])[0].get("System", [{}])[0]
    number = system.get("EventRecordID", [None])[0]
    return str(number if not isinstance(number, dict) else number["#text"][0])


def run(tool, path):
    result = subprocess.run(shlex.split(tool) + [path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return [json.loads(line, object_pairs_hook=pairs) for line in result.stdout.splitlines()]


def theirs_of(path):
    out, errors = [], 0
    try:
        records = evtx.PyEvtxParser(path).records_json()
    except (RuntimeError, OSError) as error:
        print(f"{path}: the other parser: {error}")
        return out
    while True:
        try:
            out.append(json.loads(next(records)["data"], object_pairs_hook=pairs))
        except StopIteration:
            break
        except (RuntimeError, OSError) as error:
            errors += 1
            if errors == 1:
                print(f"{path}: the other parser: {error}")
            if errors > 1000:
                break
    return out


def logs(paths):
    for path in paths:
        if os.path.isdir(path):
            for folder, _, names in sorted(os.walk(path)):
                yield from (os.path.join(folder, n) for n in sorted(names) if n.lower().endswith(".evtx"))
        else:
            yield path


WANTED = {"empty", "time-digits", "number-as-string", "guid-form", "text-after-nul", "lone-surrogate", "float-digits",
          "torn-record"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", default="build/dev/didrun parse")
    parser.add_argument("--show", type=int, default=5, help="examples of each unexpected kind")
    parser.add_argument("paths", nargs="+")
    args = parser.parse_args()
    kinds, shown = collections.Counter(), collections.Counter()
    here = there = more = fewer = 0

    def report(kind, where, path, ours, theirs):
        kinds[kind] += 1
        if kind not in WANTED:
            shown[kind] += 1
            if shown[kind] <= args.show:
                print(f"{kind}: {where} {'/'.join(path)}: {ours!r} | {theirs!r}")

    for path in logs(args.paths):
        ours, theirs = run(args.tool, path), theirs_of(path)
        here, there = here + len(ours), there + len(theirs)
        if len(ours) != len(theirs):
            print(f"records: {path}: {len(ours)} here, {len(theirs)} there")
            more, fewer = more + (len(ours) > len(theirs)), fewer + (len(ours) < len(theirs))
        by_id = collections.defaultdict(list)
        for record in ours:
            by_id[identity(record)].append(record)
        for record in theirs:
            same = by_id[identity(record)]
            if not same:
                kind = "torn-record" if identity(record) in ("0", "None") else "record-missing"
                report(kind, path, (identity(record),), None, None)
                continue
            if identity(record) in ("0", "None"):  # torn: zeros where values should be
                report("torn-record", path, (), None, None)
                continue
            compare(same.pop(0), record, report, f"{path} #{identity(record)}")
    print(f"{here} records here, {there} there; logs with more here {more}, with fewer {fewer}")
    for kind, count in sorted(kinds.items()):
        print(f"  {kind}: {count}{'' if kind in WANTED else '   <-- not expected'}")
    return 1 if fewer or any(kind not in WANTED for kind in kinds) else 0


if __name__ == "__main__":
    sys.exit(main())
