#!/usr/bin/env python3
"""Compares didrun's reading of event logs with that of independent parsers, record by record and
value by value: the PyPI package `evtx` (a binding of the Rust crate of that name), the PyPI package
`dissect.eventlog`, and `evtxexport` of Debian's libevtx-utils.

    pip install evtx dissect.eventlog; apt-get install libevtx-utils
    tests/differential/evtx_compare.py [--parser NAME] [--tool build/dev/didrun] FOLDER_OR_FILE...

A development-time check: nothing of it is needed to build or to test didrun. A parser that is not
installed is passed over, and said so. Differences that are known and wanted are counted by kind;
docs/formats/evtx.md gives the reason of each kind. Anything else is printed, and the exit status is 1.
"""
import argparse
import collections
import datetime
import html
import json
import os
import re
import shutil
import subprocess
import sys
import uuid
import xml.etree.ElementTree

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


def run(tool, path, *options):
    result = subprocess.run([tool, "parse", *options, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return result.stdout


def json_of(tool, path, *options):
    return [json.loads(line, object_pairs_hook=pairs) for line in run(tool, path, *options).splitlines()]


def theirs_of(path):
    import evtx

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


# --- evtx: the same shape of JSON -------------------------------------------------------------------


def compare_evtx(tool, path, report):
    ours, theirs = json_of(tool, path), theirs_of(path)
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
    return len(ours), len(theirs)


# --- the others: bags of names and values ------------------------------------------------------------


def bag_difference(ours, theirs, report, where, loose):
    """Both are lists of (name, text); LOOSE(name, a, b) gives a kind for two texts of one name, or None."""
    left = collections.defaultdict(list)
    for name, text in theirs:
        left[name].append(text)
    rest = []
    for name, text in ours:
        if text in left[name]:
            left[name].remove(text)
        else:
            rest.append((name, text))
    for name, text in rest:
        for other in left[name]:
            kind = loose(name, text, other)
            if kind:
                left[name].remove(other)
                report(kind, where, (name,), text, other)
                break
        else:
            report("empty" if text == "" else "only-here", where, (name,), text, None)
    for name, texts in left.items():
        for text in texts:
            report("empty" if text == "" else "only-there", where, (name,), None, text)


def text_kind(name, ours, theirs):
    """A kind of difference between two texts, or None when they have nothing to do with each other."""
    del name
    a, b = ours, theirs
    if TIME.match(a) and TIME.match(b) and a[:26].rstrip("0Z.") == b[:26].rstrip("0Z."):
        return "time-digits"
    if a[:1] == "{" and a.lower() == b.lower():
        return "guid-form"
    if {a.lower(), b.lower()} in ({"true", "1"}, {"false", "0"}, {"true"}, {"false"}):
        return "boolean-form"
    if a.lower() == b.lower() and re.fullmatch(r"(0x)?[0-9a-fA-F]*", a):
        return "hexadecimal-case"
    if re.fullmatch(r"0x[0-9a-fA-F]+", a) and re.fullmatch(r"(0x)?[0-9a-fA-F]+", b) and int(a, 16) in (int(b, 16), int(b, 10) if b.isdigit() else -1):
        return "hexadecimal-form"
    if re.fullmatch(r"0x[0-9a-fA-F]+", b) and a.isdigit() and int(a) == int(b, 16):
        return "hexadecimal-form"
    if "\0" in a and a.split("\0")[0] == b.split("\0")[0]:
        return "text-after-nul"
    if LONE.sub("\ufffd", a) == LONE.sub("\ufffd", b):
        return "lone-surrogate"
    if re.fullmatch(r"-\d+", a) and re.fullmatch(r"-\d+", b) and int(b) in (-(int(a) & 0x7FFFFFFF), -(int(a) & 0x7FFFFFFFFFFFFFFF)):
        return "negative-number"
    if same_number(a, b):
        return "float-digits"
    if re.sub(r"\s", "", a) == re.sub(r"\s", "", b):
        return "white-space"
    return None


def pair_up(ours, theirs, path, report, loose):
    """OURS and THEIRS: lists of (record id, bag)."""
    by_id = collections.defaultdict(list)
    for number, bag in ours:
        by_id[number].append(bag)
    for number, bag in theirs:
        if number in ("0", "", None):
            report("torn-record", path, (), None, None)
        elif not by_id[number]:
            report("record-missing", path, (number,), None, None)
        else:
            bag_difference(by_id[number].pop(0), bag, report, f"{path} #{number}", loose)
    return len(ours), len(theirs)


def xml_bag(root):
    """Names with the elements around them; attributes behind an @."""
    out = []

    def walk(node, around):
        name = around + re.sub(r"^\{.*\}", "", node.tag)
        for key, value in node.attrib.items():
            out.append((name + "@" + re.sub(r"^\{.*\}", "", key), value))
        text = (node.text or "") + "".join(child.tail or "" for child in node)
        out.append((name, text if len(node) == 0 else text.strip()))
        for child in node:
            walk(child, name + "/")

    walk(root, "")
    return out


def xml_records(text):
    out = []
    for piece in re.findall(r"<Event[ >].*?</Event>|<Event/>", text, re.S):
        try:
            root = xml.etree.ElementTree.fromstring(piece)
        except xml.etree.ElementTree.ParseError:
            out.append(("unreadable", [("", piece)]))
            continue
        bag = xml_bag(root)
        number = next((value for name, value in bag if name == "Event/System/EventRecordID"), None)
        out.append((number, bag))
    return out


def compare_libevtx(tool, path, report):
    result = subprocess.run(["evtxexport", "-f", "xml", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    theirs = xml_records(result.stdout.decode("utf-8", "replace"))
    ours = xml_records(run(tool, path, "--xml").decode("utf-8", "replace"))
    return pair_up(ours, [one for one in theirs if one[0] != "unreadable"], path, report, text_kind)


def dissect_name(path):
    """Its name of a value: without the two outermost elements; attributes behind an underscore."""
    parts = [part for part in path if part != "#attributes"]
    if path[:2] == ("EventData", "#attributes") or path[:2] == ("UserData", "#attributes"):
        return "_".join(parts)
    if "#attributes" in path and len(parts) > 3:  # of an element inside the event's own: without that one
        return "_".join(parts[2:])
    return "_".join(parts[1:])


def plain(value):
    while hasattr(value, "get") and not isinstance(value, dict):
        value = value.get()
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("latin-1")
    return "" if value is None else str(value)


def dissect_bag(record):
    out = []
    for key, value in record.items():
        name = re.sub(r"_\d+$", "", key)
        for one in value if isinstance(value, list) else [value]:
            out.append((name, plain(one)))
    return out


def microseconds(text):
    text = re.sub(r"(\.\d{1,6})\d*", r"\1", text.replace(" ", "T")).rstrip("Z")
    moment = datetime.datetime.fromisoformat(text)
    return (moment.replace(tzinfo=None) - datetime.datetime(1601, 1, 1)) // datetime.timedelta(microseconds=1)


def dissect_kind(name, ours, theirs):
    if TIME.match(ours) and re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d", theirs) and abs(microseconds(ours) - microseconds(theirs)) <= 2:
        return "time-digits"
    if GUID.match(ours) and GUID.match(theirs) and uuid.UUID(ours).bytes == uuid.UUID(theirs).bytes_le:
        return "guid-order"
    if html.unescape(theirs) == ours:
        return "entity"
    return text_kind(name, ours, theirs.rstrip("\0"))


def compare_dissect(tool, path, report):
    import logging

    from dissect.eventlog import evtx as dissect_evtx

    logging.disable(logging.CRITICAL)
    ours, theirs, left_over = [], [], []
    for record in json_of(tool, path, "--recovered"):
        if "Record" in record:
            left_over.append(identity(record))
            continue
        leaves = []
        flat(record.get("Event", [None])[0], (), leaves)
        bag = [(dissect_name(where), "" if value is None else str(value)) for where, value in leaves if where[:1] != ("#attributes",)]
        ours.append((identity(record), bag))
    with open(path, "rb") as file:
        try:
            for record in dissect_evtx.Evtx(file, path):
                theirs.append((plain(record.get("EventRecordID")), dissect_bag(record)))
        except Exception as error:  # whatever it makes of damage
            print(f"{path}: the other parser: {type(error).__name__}: {error}")
    known = collections.Counter(number for number, _ in ours)
    for number, bag in list(theirs):  # what is left in the space of a log that was cleared
        if known[number] == 0 and number in left_over:
            theirs.remove((number, bag))
            report("left-over", path, (number,), None, None)
    return pair_up(ours, theirs, path, report, dissect_kind)


def missing_module(name):
    try:
        __import__(name)
    except ImportError as error:
        return str(error)
    return None


PARSERS = {
    "evtx": (compare_evtx, lambda: missing_module("evtx")),
    "dissect": (compare_dissect, lambda: missing_module("dissect.eventlog.evtx")),
    "libevtx": (compare_libevtx, lambda: None if shutil.which("evtxexport") else "evtxexport is not there"),
}

WANTED = {
    "evtx": {"empty", "time-digits", "number-as-string", "guid-form", "text-after-nul", "lone-surrogate", "float-digits", "torn-record"},
    "dissect": {"empty", "time-digits", "guid-order", "hexadecimal-case", "boolean-form", "entity", "left-over"},
    "libevtx": {"time-digits", "guid-form", "hexadecimal-form", "white-space", "negative-number"},
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", default="build/dev/didrun")
    parser.add_argument("--parser", choices=sorted(PARSERS), action="append", help="default: all that are installed")
    parser.add_argument("--show", type=int, default=5, help="examples of each unexpected kind")
    parser.add_argument("paths", nargs="+")
    args = parser.parse_args()
    bad = ran = 0
    for name in args.parser or PARSERS:
        compare_with, lacks = PARSERS[name]
        if lacks():
            print(f"{name}: skipped: {lacks()}")
            continue
        ran += 1
        kinds, shown = collections.Counter(), collections.Counter()
        here = there = more = fewer = 0

        def report(kind, where, path, ours, theirs):
            kinds[kind] += 1
            if kind not in WANTED[name]:
                shown[kind] += 1
                if shown[kind] <= args.show:
                    print(f"{kind}: {where} {'/'.join(path)}: {ours!r} | {theirs!r}")

        for path in logs(args.paths):
            n_ours, n_theirs = compare_with(args.tool, path, report)
            here, there = here + n_ours, there + n_theirs
            if n_ours != n_theirs:
                print(f"records: {path}: {n_ours} here, {n_theirs} there")
                more, fewer = more + (n_ours > n_theirs), fewer + (n_ours < n_theirs)
        print(f"{name}: {here} records here, {there} there; logs with more here {more}, with fewer {fewer}")
        for kind, count in sorted(kinds.items()):
            print(f"  {kind}: {count}{'' if kind in WANTED[name] else '   <-- not expected'}")
        bad += fewer > 0 or any(kind not in WANTED[name] for kind in kinds)
    return 77 if not ran else 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
