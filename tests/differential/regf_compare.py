#!/usr/bin/env python3
"""Compares didrun's reading of registry hives with independent parsers, key by key and value by value.

    regf_compare.py --didrun build/didrun HIVE... [--with dissect|python-registry|regipy]

Needs one of the PyPI packages dissect.regf, python-registry, regipy; what is not installed is skipped.
Only live keys and values of the file itself are compared (didrun parse, lines without deleted, orphan,
from_log), so dirty hives are given without their logs. Exit status 1 when something differs that is
not in EXPLAINED.
"""
import argparse
import datetime
import json
import lzma
import os
import subprocess
import sys
import tempfile

EPOCH = datetime.datetime(1601, 1, 1, tzinfo=datetime.timezone.utc)

# Hives that the others read less of, and why (docs/formats/registry.md).
EXPLAINED = {
    "corrupt_sub_key_list.hiv": "others give up a list at its first bad entry",
    "corrupted_system_hive": "others give up lists in damaged bins",
    "BadListHive": "one key under two parents: here it comes once",
    "BadSubkeyHive": "one key under two parents: here it comes once",
    "TruncatedNameHive": "a name longer than its cell: here cut off",
    "CompHive": "python-registry reads Latin-1 names as Windows-1252",
    "System_Delta": "dissect gives up the values of a key at a tombstone",
    "TruncatedPairHive": "half of a surrogate pair: kept here",
}


def ticks(text):
    """RFC 3339 with seven decimals to 100 ns since 1601; None for none."""
    if text is None:
        return None
    date, fraction = text.rstrip("Z").split(".")
    moment = datetime.datetime.strptime(date, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    delta = moment - EPOCH
    return (delta.days * 86400 + delta.seconds) * 10**7 + int(fraction)


def ours(didrun, path):
    """{key path: (ticks, {value name: (type, bytes)})}; of equal names the first counts."""
    keys = {}
    process = subprocess.run([didrun, "parse", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    for line in process.stdout.decode("utf-8", "surrogatepass").splitlines():
        row = json.loads(line)
        if row.get("deleted") or row.get("orphan") or row.get("key") is None:
            continue
        if "value" in row:
            values = keys[row["key"]][1]
            values.setdefault(row["value"], (row["type"], bytes.fromhex(row["raw"])))
        else:
            keys.setdefault(row["key"], (ticks(row["written"]), {}))
    return keys


TYPES = ["REG_NONE", "REG_SZ", "REG_EXPAND_SZ", "REG_BINARY", "REG_DWORD", "REG_DWORD_BIG_ENDIAN", "REG_LINK",
         "REG_MULTI_SZ", "REG_RESOURCE_LIST", "REG_FULL_RESOURCE_DESCRIPTOR", "REG_RESOURCE_REQUIREMENTS_LIST",
         "REG_QWORD"]


def type_name(number):
    return TYPES[number] if number < len(TYPES) else "0x%08x" % number


def by_dissect(path):
    from dissect.regf import regf
    with open(path, "rb") as file:
        hive = regf.RegistryHive(file)
        keys = {}
        stack = [(hive.root(), "")]
        while stack:
            key, name = stack.pop()
            values = {}
            try:
                for value in key.values():
                    shown = "" if value.cell.NameLength == 0 else value.name
                    values.setdefault(shown, (type_name(int(value.type)), bytes(value.data)))
            except Exception as error:  # a broken list ends the values of this key
                print("  dissect.regf: %s: %r" % (name, error))
            keys.setdefault(name, (None, values))
            try:
                for sub in key.subkeys():
                    stack.append((sub, name + "\\" + sub.name if name else sub.name))
            except Exception as error:
                print("  dissect.regf: %s: %r" % (name, error))
        return keys


def by_python_registry(path):
    from Registry import Registry
    hive = Registry.Registry(path)
    keys = {}
    stack = [(hive.root(), "")]
    while stack:
        key, name = stack.pop()
        values = {}
        try:
            for value in key.values():
                shown = "" if value.name() == "(default)" else value.name()
                # raw_data() of resident data is the whole field of 4 bytes, whatever the size says
                size = value._vkrecord.raw_data_length() & 0x7FFFFFFF
                # it loses lists without a text, and takes the cell's offset for a DWORD of more than 4 bytes
                if value.value_type() in (4, 7) and len(value.raw_data()) < size:
                    values.setdefault(shown, (type_name(value.value_type()), None))
                    continue
                values.setdefault(shown, (type_name(value.value_type()), bytes(value.raw_data())[:size]))
        except Exception as error:
            print("  python-registry: %s: %r" % (name, error))
        nk = key._nkrecord
        keys.setdefault(name, (nk.unpack_qword(0x4), values))
        try:
            for sub in key.subkeys():
                stack.append((sub, name + "\\" + sub.name() if name else sub.name()))
        except Exception as error:
            print("  python-registry: %s: %r" % (name, error))
    return keys


def by_regipy(path):
    from regipy.registry import RegistryHive
    hive = RegistryHive(path)
    keys = {"": (None, None)}
    for sub in hive.recurse_subkeys(fetch_values=False):
        keys.setdefault(sub.path.lstrip("\\"), (None, None))
    return keys


PARSERS = {"dissect": by_dissect, "python-registry": by_python_registry, "regipy": by_regipy}


def compare(path, mine, other, who, limit):
    differences = []
    for name in sorted(set(mine) | set(other)):
        if name not in mine:
            differences.append("only %s has key %r" % (who, name))
        elif name not in other:
            differences.append("%s lacks key %r" % (who, name))
        else:
            if other[name][0] is not None and mine[name][0] is not None and mine[name][0] != other[name][0]:
                differences.append("time of %r: %s, %s has %s" % (name, mine[name][0], who, other[name][0]))
            if other[name][1] is None:
                continue
            for value in sorted(set(mine[name][1]) | set(other[name][1])):
                a, b = mine[name][1].get(value), other[name][1].get(value)
                if a is None or b is None:
                    differences.append("value %r of %r only here or only in %s" % (value, name, who))
                elif a[0] != b[0] or (b[1] is not None and a[1] != b[1]):
                    differences.append("value %r of %r: %s %s, %s has %s %s" % (
                        value, name, a[0], a[1][:24].hex(), who, b[0], (b[1] or b"")[:24].hex()))
    for line in differences[:limit]:
        print("  " + line)
    return len(differences)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("hives", nargs="+")
    arguments.add_argument("--didrun", default="build/didrun")
    arguments.add_argument("--with", dest="parsers", action="append", choices=sorted(PARSERS))
    arguments.add_argument("--show", type=int, default=5, help="differences shown for one hive")
    options = arguments.parse_args()
    failed = False
    for path in options.hives:
        if os.path.isdir(path):
            continue
        name = os.path.basename(path)
        name = name[:-3] if name.endswith(".xz") else name
        with tempfile.TemporaryDirectory() as folder:
            plain = os.path.join(folder, name)
            data = lzma.open(path).read() if path.endswith(".xz") else open(path, "rb").read()
            with open(plain, "wb") as out:
                out.write(data)
            mine = ours(options.didrun, plain)
            for who in options.parsers or sorted(PARSERS):
                try:
                    other = PARSERS[who](plain)
                except ImportError:
                    print("%s: %s is not installed" % (name, who))
                    continue
                except Exception as error:
                    print("%s: %s cannot read it: %r" % (name, who, error))
                    continue
                count = compare(plain, mine, other, who, options.show)
                why = EXPLAINED.get(name)
                print("%s: %s: %d keys, %d values, %d differences%s" % (
                    name, who, len(mine), sum(len(k[1]) for k in mine.values()), count, " (%s)" % why if count and why else ""))
                failed = failed or (count > 0 and not why)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
