#!/usr/bin/env python3
"""Presence, launches and state at rest: what single artefacts and their combinations may say.

usage: check_golden.py DIDRUN DIDRUN_SAMPLE

Takes files of the sample hosts apart and together: AmCache alone, ShimCache alone (flag set and
not), with a launch record, with a log that would have one and has none, with a log that begins too
late; a WMI subscription in the logs with and without its binding in the repository, in a repository
that can only be carved, in the repository alone, and the one that Windows comes with.
Python 3 and nothing else.
"""
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

CHUNK, HEAD = 65536, 4096
LOGS = "C/Windows/System32/winevt/Logs"
SYSTEM, AMCACHE, NTUSER = "C/Windows/System32/config/SYSTEM", "C/Windows/appcompat/Programs/Amcache.hve", "C/Users/maria/NTUSER.DAT"
SOFTWARE, SECURITY = "C/Windows/System32/config/SOFTWARE", f"{LOGS}/Security.evtx"
SYSMON, WMI = f"{LOGS}/Microsoft-Windows-Sysmon%4Operational.evtx", f"{LOGS}/Microsoft-Windows-WMI-Activity%4Operational.evtx"
REPOSITORY = "C/Windows/System32/wbem/Repository"
OLD, FLAGGED = r"C:\Users\maria\Downloads\oldtool.exe", r"C:\Users\maria\Downloads\flagged.exe"
UNUSED, NOTES, UPDATER = r"C:\Users\maria\Downloads\unused.exe", r"C:\Tools\notes\notes.exe", r"C:\Users\Public\updater.exe"
NOT_RUN = "does not show that it was run"


class Golden:
    def __init__(self, didrun, root, work):
        self.didrun, self.root, self.work = didrun, root, work
        self.passed = self.failed = 0

    def folder(self, name, host, files):
        target = self.work / name
        for file in files:
            source = self.root / host / file
            for path in [source, *source.parent.glob(source.name + ".LOG*")] if source.is_file() else [source]:
                to = target / path.relative_to(self.root / host)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copytree(path, to) if path.is_dir() else shutil.copy(path, to)
        return target

    def verdicts(self, folder, claim, **parameters):
        done = subprocess.run([self.didrun, "examine", "--json", str(folder)], capture_output=True, timeout=300, check=False)
        if done.returncode not in (0, 1):
            return []
        found = [item for item in map(json.loads, done.stdout.splitlines()) if item["type"] == "verdict"]
        return [v for v in found if v["claim"] == claim and "run" not in v["parameters"]
                and all(str(v["parameters"].get(k, "")).casefold() == value.casefold() for k, value in parameters.items())]

    def tell(self, name, found, words, rungs=(), says=(), silent=(), expected=None):
        wrong = ""
        if len(found) != 1:
            wrong = f"{len(found)} verdicts"
        else:
            v = found[0]
            if v["word"] not in words:
                wrong = f"the word is {v['word']}"
            for rung, state in dict(rungs).items():
                if v["rungs"][rung] != state:
                    wrong = f"{rung} is {v['rungs'][rung]}"
            for text in says:
                if text.casefold() not in v["text"].casefold():
                    wrong = f"it does not say {text!r}: {v['text']}"
            for text in silent:
                if text.casefold() in v["text"].casefold():
                    wrong = f"it says {text!r}: {v['text']}"
            if expected is not None and (bool(v.get("expected")) != expected or v.get("to_decide", False) == expected):
                wrong = "it is put up for decision" if expected else "it is set aside"
        self.passed += not wrong
        self.failed += bool(wrong)
        if wrong:
            print(f"FAIL {name}: {wrong}")


def later(path, record):
    """The log from the chunk after the one with this record on."""
    data = path.read_bytes()
    keep = b""
    for at in range(HEAD, len(data) - CHUNK + 1, CHUNK):
        if data[at:at + 7] == b"ElfChnk" and struct.unpack_from("<Q", data, at + 24)[0] > record:
            keep += data[at:at + CHUNK]
    path.write_bytes(data[:HEAD] + keep)


def programs(g):
    none = {"attempted": "unknown", "started": "unknown"}
    a = g.folder("amcache", "rest", [AMCACHE, SOFTWARE])
    g.tell("AmCache alone", g.verdicts(a, "program-ran", program=OLD), ["present"], none, [NOT_RUN, "AmCache"], ["ran at"])
    a = g.folder("shimcache", "rest", [SYSTEM])
    g.tell("ShimCache, flag not set", g.verdicts(a, "program-ran", program=OLD), ["present"], none, [NOT_RUN, "ShimCache"], ["ran at"])
    g.tell("ShimCache, flag set", g.verdicts(a, "program-ran", program=FLAGGED), ["present"], none, [NOT_RUN, "ShimCache"], ["ran at"])
    a = g.folder("launch", "rest", [SYSTEM, NTUSER])
    g.tell("ShimCache, flag not set, and a launch", g.verdicts(a, "program-ran", program=NOTES), ["ran", "attempted"],
           {"present": "proved", "attempted": "proved"}, ["ShimCache (shows that the file was there", "UserAssist"])
    a = g.folder("prefetch", "rest", [SYSTEM, "C/Windows/Prefetch"])
    g.tell("ShimCache, flag not set, and Prefetch", g.verdicts(a, "program-ran", program=NOTES), ["ran"], {"started": "proved"},
           ["Prefetch", "ShimCache"])
    a = g.folder("three", "rest", [SYSTEM, AMCACHE, SECURITY])
    g.tell("ShimCache, AmCache and 4688", g.verdicts(a, "program-ran", program=UPDATER), ["ran", "attempted"],
           {"present": "proved", "attempted": "proved"}, ["ShimCache, AmCache (shows that the file was there", "Security"])
    a = g.folder("covered", "rest", [SYSTEM, AMCACHE, SECURITY, SYSMON, f"{LOGS}/System.evtx"])
    found = g.verdicts(a, "program-ran", program=UNUSED)
    g.tell("ShimCache, AmCache, no launch in a log from the creation on", found, ["not-recorded"],
           {"present": "proved", "attempted": "absent"}, ["No launch of", "Before and after that it cannot be told"], ["never", "did not run"])
    if found and not any(m["rung"] == "attempted" and m["reason"] == "covered" for m in found[0]["missing"]):
        g.tell("what was looked for is named", [], [])
    a = g.folder("short", "rest", [SYSTEM, AMCACHE, SECURITY, SYSMON, f"{LOGS}/System.evtx"])
    # Without the record of its creation the log speaks of the artefacts' own times only.
    (a / SYSMON).unlink()
    later(a / SECURITY, 5500)
    g.tell("ShimCache, AmCache, a log of their own times only", g.verdicts(a, "program-ran", program=UNUSED), ["present"], none,
           [NOT_RUN], ["No launch of"])


def subscriptions(g):
    name = {"consumer": "Updater"}
    a = g.folder("wmi-both", "rest", [WMI, REPOSITORY, SYSTEM])
    g.tell("5861 and the binding in the repository", g.verdicts(a, "wmi-subscription-created", **name), ["achieved-persists"],
           {"achieved": "proved", "persists": "proved"}, ["5861", "as of"], expected=False)
    a = g.folder("wmi-gone", "extra/wmi-undone", [WMI, REPOSITORY])
    g.tell("5861, no binding in a whole repository", g.verdicts(a, "wmi-subscription-created", **name), ["achieved-removed"],
           {"achieved": "proved", "persists": "refuted"}, ["gone as of", "no record shows when"])
    for host in ("rest", "extra/wmi-undone"):
        a = g.folder(f"wmi-carved-{host[:4]}", host, [WMI, REPOSITORY])
        for path in (a / REPOSITORY).iterdir():
            if path.name != "OBJECTS.DATA":
                path.unlink()
        g.tell(f"5861, a repository that can only be carved ({host})", g.verdicts(a, "wmi-subscription-created", **name), ["achieved"],
               {"achieved": "proved", "persists": "unknown"}, ["cannot be told"], ["gone"])
    a = g.folder("wmi-logs", "rest", [WMI])
    g.tell("5861 alone", g.verdicts(a, "wmi-subscription-created", **name), ["achieved"], {"persists": "unknown"}, ["cannot be told"])
    a = g.folder("wmi-rest", "rest", [REPOSITORY])
    g.tell("a binding without 5861", g.verdicts(a, "wmi-subscription-created", **name), ["persists"],
           {"achieved": "unknown", "persists": "proved"}, ["does not show when"], expected=False)
    g.tell("the one that Windows comes with", g.verdicts(a, "wmi-subscription-created", consumer="SCM Event Log Consumer"), ["persists"],
           {"persists": "proved"}, expected=True)
    left = [v["word"] for v in g.verdicts(a, "wmi-subscription-created", consumer="SyncTask")]
    g.tell("what is left of a deleted one proves nothing", [] if "persists" in left else [{"word": "", "rungs": {}, "text": ""}], [""])


def main():
    with tempfile.TemporaryDirectory() as work:
        root = pathlib.Path(work) / "hosts"
        subprocess.run([sys.argv[2], str(root)], check=True)
        g = Golden(sys.argv[1], root, pathlib.Path(work))
        programs(g)
        subscriptions(g)
    print(f"{g.passed} passed, {g.failed} failed")
    return 1 if g.failed or g.passed < 15 else 0


sys.exit(main())
