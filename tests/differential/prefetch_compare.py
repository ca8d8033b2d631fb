#!/usr/bin/env python3
"""Compares Prefetch files as didrun prints them with libscca (PyPI libscca-python), field by field.

usage: prefetch_compare.py DIDRUN FILE-OR-FOLDER...

Exit status 1 when something differs, 77 when libscca-python is not installed.
"""
import datetime
import json
import os
import subprocess
import sys

try:
    import pyscca
except ImportError:
    print("libscca-python is not installed")
    sys.exit(77)

EPOCH = datetime.datetime(1601, 1, 1)


def text_of(ticks):
    if not ticks:
        return None
    moment = EPOCH + datetime.timedelta(microseconds=ticks // 10)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + f"{ticks % 10}Z"


def theirs(path):
    f = pyscca.file()
    f.open(path)
    runs = []
    for i in range(8 if f.format_version >= 26 else 1):
        runs.append(text_of(f.get_last_run_time_as_integer(i)))
    volumes = list(f.volumes)
    return {
        "Version": str(f.format_version),
        "Name": f.executable_filename,
        "Hash": f"{f.prefetch_hash & 0xffffffff:08X}",
        "RunCount": str(f.run_count),
        "Run": [r for r in runs if r],
        "File": list(f.filenames),
        "VolumeDevice": [v.device_path for v in volumes],
        "VolumeSerial": [f"{v.serial_number & 0xffffffff:08X}" for v in volumes],
        "VolumeCreated": [text_of(v.get_creation_time_as_integer()) or "" for v in volumes],
    }


def main():
    if len(sys.argv) < 3:
        print(__doc__)
        return 2
    files = []
    for arg in sys.argv[2:]:
        if os.path.isdir(arg):
            for folder, _, names in sorted(os.walk(arg)):
                files += [os.path.join(folder, n) for n in sorted(names)]
        else:
            files.append(arg)
    same = refused = bad = 0
    for path in files:
        with open(path, "rb") as f:
            head = f.read(8)
        if head[:3] != b"MAM" and head[4:] != b"SCCA":
            continue
        out = subprocess.run([sys.argv[1], "parse", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
        ours = json.loads(out.decode("utf-8", "surrogatepass").splitlines()[0]) if out else None
        try:
            other = theirs(path)
        except OSError:
            other = None
        if ours is None or other is None:
            if ours is None and other is None:
                refused += 1
            else:
                bad += 1
                print(path, "only ours" if ours else "only theirs")
            continue
        wrong = {k: (ours.get(k), v) for k, v in other.items() if ours.get(k, [] if isinstance(v, list) else None) != v}
        if wrong:
            bad += 1
            print(path, {k: v if not isinstance(v[1], list) else "lists differ" for k, v in wrong.items()})
        else:
            same += 1
    print(f"{same} equal, {refused} refused by both, {bad} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
