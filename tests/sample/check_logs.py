#!/usr/bin/env python3
"""Reads everything that didrun-sample wrote with an independent parser (PyPI evtx).

usage: check_logs.py DIDRUN_SAMPLE

Exit status 77 (skipped) where the parser is not installed.
"""
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import evtx
except ImportError:
    print("skipped: the Python package evtx is not installed")
    sys.exit(77)

# What that parser cannot read, because the bytes are damaged on purpose or it lacks the type.
BEYOND_IT = {"array-ansi", "truncated", "bad-magic", "zero-size", "zero-block", "short-values"}
RECORD_ID = re.compile(r"<EventRecordID>(\d+)</EventRecordID>")
TIME = re.compile(r'TimeCreated SystemTime="([^"]+)"')
CHANNEL = re.compile(r"<Channel>([^<]+)</Channel>")


def read(path):
    records, errors = [], []
    rows = evtx.PyEvtxParser(str(path), number_of_threads=1).records()
    while True:
        try:
            records.append(next(rows))
        except StopIteration:
            return records, errors
        except RuntimeError as error:
            errors.append(str(error))


def check_small(folder, failures):
    rows = [line.split("\t") for line in (folder / "small.tsv").read_text().splitlines()[1:]]
    for name, records, *_ in rows:
        if pathlib.Path(name).stem in BEYOND_IT:
            continue
        found, errors = read(folder / name)
        if errors or len(found) != int(records):
            failures.append(f"{name}: {len(found)} records, expected {records}: {errors[:1]}")
    return len(rows)


def check_host(folder, failures):
    """Whole logs: ids go up by one, each record has what its channel and header say."""
    total = 0
    may_have_gaps = folder.name in ("account-lost-ids",)
    exported = folder.name in ("account-exported",)
    for path in sorted(folder.rglob("*.evtx")):
        found, errors = read(path)
        name = f"{folder.name}/{path.name}"
        if errors:
            failures.append(f"{name}: {errors[0]}")
        ids = []
        for record in found:
            text = record["data"]
            match = RECORD_ID.search(text)
            if not match or not TIME.search(text):
                failures.append(f"{name}: a record without id or time")
                break
            ids.append(int(match.group(1)))
            if ids[-1] != record["event_record_id"] and not exported:
                failures.append(f"{name}: header id {record['event_record_id']}, record id {ids[-1]}")
                break
            if CHANNEL.search(text).group(1).replace("/", "%4") != path.stem:
                failures.append(f"{name}: record of channel {CHANNEL.search(text).group(1)}")
                break
        if not may_have_gaps and ids != list(range(ids[0], ids[0] + len(ids))):
            failures.append(f"{name}: gap in record ids")
        total += len(found)
    return total


def main():
    failures = []
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        subprocess.run([sys.argv[1], "--small", str(work / "small")], check=True)
        subprocess.run([sys.argv[1], str(work / "host")], check=True)
        small = check_small(work / "small", failures)
        counts = collections.OrderedDict()
        hosts = [work / "host/main", work / "host/clean", *sorted((work / "host/extra").iterdir()),
                 *sorted((work / "host/twins").iterdir())]
        for folder in hosts:
            counts[folder.name] = check_host(folder, failures)
        # The same calls give the same bytes.
        subprocess.run([sys.argv[1], str(work / "again")], check=True)
        for path in sorted((work / "host").rglob("*")):
            if path.is_file() and path.read_bytes() != (work / "again" / path.relative_to(work / "host")).read_bytes():
                failures.append(f"{path.name}: other bytes in a second run")
    for failure in failures:
        print(failure)
    print(f"{small} small samples, main {counts['main']} records, clean {counts['clean']}, "
          f"{len(hosts) - 2} more hosts; {len(failures)} failures")
    return 1 if failures else 0


sys.exit(main())
