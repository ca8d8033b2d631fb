#!/usr/bin/env python3
"""Compares every instance of a WMI repository as didrun prints it with dissect.cim (PyPI).

usage: cim_compare.py DIDRUN FOLDER      FOLDER holds OBJECTS.DATA, INDEX.BTR, MAPPING1-3.MAP

Prints what differs and exits 1; known differences (docs/formats/wmi.md) are counted, not shown.
Exit status 77: dissect.cim is not installed.
"""
import json
import os
import subprocess
import sys

try:
    from dissect.cim import CIM
except ImportError:
    print("dissect.cim is not installed")
    sys.exit(77)


def plain(value):
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return str(value)


def theirs(folder):
    by_name = {n.upper(): os.path.join(folder, n) for n in os.listdir(folder)}
    with open(by_name["INDEX.BTR"], "rb") as index, open(by_name["OBJECTS.DATA"], "rb") as objects:
        maps = [open(by_name[n], "rb") for n in ("MAPPING1.MAP", "MAPPING2.MAP", "MAPPING3.MAP") if n in by_name]
        repo = CIM(index, objects, maps)
        todo = [repo.root]
        seen = set()
        while todo:
            space = todo.pop()
            if space.name.lower() in seen:
                continue
            seen.add(space.name.lower())
            todo += list(space.namespaces)
            for cls in space.classes:
                try:
                    found = list(cls.instances)
                except Exception as error:  # theirs, not ours
                    yield space.name, cls.name, None, str(error)
                    continue
                for instance in found:
                    values, failed = {}, None
                    try:
                        for name, prop in instance.properties.items():
                            values[name] = plain(prop.value)
                    except Exception as error:
                        failed = str(error)
                    yield space.name, cls.name, values, failed


def ours(didrun, folder):
    out = subprocess.run([didrun, "parse", folder], stdout=subprocess.PIPE, check=False).stdout
    for line in out.decode("utf-8", "surrogatepass").splitlines():
        o = json.loads(line)
        if o["State"] == "current":
            yield o["Namespace"], o["Class"], {p["Name"].lower(): (p["Type"], p["Value"]) for p in o["Properties"]}


def alike(kind, mine, other):
    """Equal, or one of the known differences."""
    if mine == other:
        return "equal"
    if kind == "string[]" or kind == "reference[]" or kind == "datetime[]":
        return "known"  # they show the offsets of texts in lists
    if kind == "object" or kind == "object[]":
        return "known"  # not decoded by us
    if kind in ("sint8", "sint16", "sint32", "sint64") and isinstance(mine, (int, str)) and isinstance(other, int):
        return "known" if (int(mine) - other) % (1 << int(kind[4:])) == 0 else "no"
    if kind.startswith("real"):
        return "equal" if mine is not None and other is not None and abs(float(mine) - float(other)) < 1e-6 else "no"
    if isinstance(mine, str) and isinstance(other, int) and mine == str(other):
        return "equal"
    return "no"


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 2
    mine = {}
    for space, cls, values in ours(sys.argv[1], sys.argv[2]):
        mine.setdefault((space.lower(), cls.lower()), []).append(values)
    counts = {"instances": 0, "values": 0, "known": 0, "they failed": 0}
    bad = 0
    reasons = {}
    for space, cls, values, failed in theirs(sys.argv[2]):
        if failed or values is None:
            counts["they failed"] += 1
            reasons[failed] = reasons.get(failed, 0) + 1
            continue
        counts["instances"] += 1
        candidates = mine.get((space.lower(), cls.lower()), [])
        best, best_bad, best_known = None, None, 0
        for candidate in candidates:
            wrong, known = [], 0
            for name, value in values.items():
                kind, own = candidate.get(name.lower(), ("", None))
                verdict = alike(kind, own, value)
                known += verdict == "known"
                if verdict == "no":
                    wrong.append((name, kind, own, value))
            if best_bad is None or len(wrong) < len(best_bad):
                best, best_bad, best_known = candidate, wrong, known
        if best is None or best_bad:
            bad += 1
            print(space, cls, "no instance of ours" if best is None else best_bad)
            continue
        counts["values"] += len(values)
        counts["known"] += best_known
        candidates.remove(best)
    for reason, n in sorted(reasons.items(), key=lambda r: -r[1])[:5]:
        print(f"they failed {n} times: {reason}")
    left = sum(len(v) for v in mine.values())
    for (space, cls), found in sorted(mine.items(), key=lambda m: -len(m[1]))[:8]:
        if found:
            print(f"only ours: {len(found)} of {cls} in {space}")
    print(", ".join(f"{v} {k}" for k, v in counts.items()) + f", {bad} differ, {left} only ours")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
