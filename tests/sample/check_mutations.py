#!/usr/bin/env python3
"""Changes the evidence of the sample host and looks at what becomes of its verdicts.

usage: check_mutations.py DIDRUN DIDRUN_SAMPLE

- the same evidence gives the same bytes: shuffled, with one and two threads, in another time zone
  and locale, as a folder, as single files and as an archive;
- a log that has nothing to do with it changes no verdict;
- a log that is split into two files changes no verdict;
- a log taken away never proves anything, and never proves an absence either;
- a record taken away (its chunk's bytes zeroed) likewise.

Python 3 and nothing else. The last line is "N passed, N failed".
"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile

CHUNK, HEAD = 65536, 4096
# Words that say that something came about, and words that say that it did not.
PROVED = {"achieved", "achieved-persists", "achieved-removed", "persists", "other-effect", "conflicting"}
ABSENT = {"no-effect", "not-recorded"}


class Run:
    def __init__(self, didrun):
        self.didrun, self.passed, self.failed = didrun, 0, 0

    def examine(self, arguments, env=None, cwd=None):
        done = subprocess.run([self.didrun, "examine", "--json", *map(str, arguments)], capture_output=True, timeout=300,
                              env={**os.environ, **(env or {})}, cwd=cwd, check=False)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"exit status {done.returncode}: {done.stderr[-300:].decode(errors='replace')}")
        return done.stdout

    def tell(self, ok, name, why=""):
        self.passed += bool(ok)
        self.failed += not ok
        if not ok:
            print(f"FAIL {name}: {why}")


def verdicts(output, with_texts=True):
    """Verdicts by claim, parameters and time."""
    found = {}
    for line in output.splitlines():
        item = json.loads(line)
        if item.get("type") == "verdict":
            key = (item["claim"], json.dumps(item.get("parameters", {}), sort_keys=True), item.get("time"))
            found[key] = (item["word"], item.get("grade"), item.get("text")) if with_texts else item
    return found


def first_difference(a, b):
    for key in sorted(set(a) | set(b), key=str):
        if a.get(key) != b.get(key):
            return f"{key}: {str(a.get(key))[:200]} / {str(b.get(key))[:200]}"
    return ""


def same_bytes(run, main, work):
    base = run.examine(["main"], cwd=main.parent)
    logs = sorted(p.relative_to(main.parent) for p in main.rglob("*.evtx"))
    run.tell(run.examine(["main"], cwd=main.parent) == base, "a second run", "other bytes")
    for threads in ("1", "2"):
        run.tell(run.examine(["--threads", threads, "main"], cwd=main.parent) == base, f"{threads} threads", "other bytes")
    for env in ({"TZ": "Asia/Tokyo"}, {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}, {"LC_ALL": "C"}):
        run.tell(run.examine(["main"], env=env, cwd=main.parent) == base, f"with {env}", "other bytes")
    one = run.examine(logs, cwd=main.parent)
    for seed in range(3):
        shuffled = logs[:]
        random.Random(seed).shuffle(shuffled)
        run.tell(run.examine(shuffled, cwd=main.parent) == one, f"shuffled ({seed})", "other bytes")
    run.tell(verdicts(one) == verdicts(base), "single files", first_difference(verdicts(one), verdicts(base)))
    archive = work / "main.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(main, arcname="main")
    packed = verdicts(run.examine([archive]))
    run.tell(packed == verdicts(base), "an archive", first_difference(packed, verdicts(base)))
    return verdicts(base)


def unrelated(run, main, small, base, work):
    folder = work / "unrelated"
    shutil.copytree(main, folder)
    shutil.copy(small / "plain.evtx", folder / "C/Windows/System32/winevt/Logs/Example%4Operational.evtx")
    now = verdicts(run.examine([folder]))
    words = {k: v[:2] for k, v in base.items()}, {k: v[:2] for k, v in now.items()}
    run.tell(words[0] == words[1], "a log that has nothing to do with it", first_difference(*words))


def split(run, main, base, work):
    """Each log in two files: its first chunks, and the rest."""
    folder = work / "split"
    shutil.copytree(main, folder)
    for path in sorted(folder.rglob("*.evtx")):
        data = path.read_bytes()
        chunks = (len(data) - HEAD) // CHUNK
        if chunks < 2:
            continue
        middle = HEAD + chunks // 2 * CHUNK
        path.with_name(path.stem + "-1.evtx").write_bytes(data[:middle])
        path.with_name(path.stem + "-2.evtx").write_bytes(data[:HEAD] + data[middle:])
        path.unlink()
    now = verdicts(run.examine([folder]))
    words = {k: v[:1] for k, v in base.items()}, {k: v[:1] for k, v in now.items()}
    run.tell(words[0] == words[1], "logs split into two files", first_difference(*words))


def never_more(run, name, base, now):
    """No verdict may prove more than before, and none may prove an absence that was not proved before."""
    before = {}
    for (claim, parameters, _), (word, *_rest) in base.items():
        before.setdefault((claim, parameters), set()).add(word)
    by_claim = {}
    for (claim, _, _), (word, *_rest) in base.items():
        by_claim.setdefault(claim, set()).add(word)
    for (claim, parameters, time), (word, *_rest) in now.items():
        known = before.get((claim, parameters)) or by_claim.get(claim, set())
        # Where a refutation was taken away, the absence beneath it shows.
        if word in ABSENT and not known & (ABSENT | {"failed"}):
            run.tell(False, name, f"{claim} {parameters} {time} is now {word}, was {sorted(known)}")
            return
        if word in PROVED and not known & (PROVED | {"failed"}):
            run.tell(False, name, f"{claim} {parameters} {time} is now {word}, was {sorted(known)}")
            return
    run.tell(True, name)


def taken_away(run, main, base, work):
    for log in sorted(p.relative_to(main) for p in main.rglob("*.evtx")):
        folder = work / "less"
        shutil.copytree(main, folder)
        (folder / log).unlink()
        never_more(run, f"without {log.name}", base, verdicts(run.examine([folder])))
        shutil.rmtree(folder)
    for log in sorted(p.relative_to(main) for p in main.rglob("*.evtx")):
        data = bytearray((main / log).read_bytes())
        chunks = (len(data) - HEAD) // CHUNK
        for lost in {0, chunks // 2, chunks - 1}:
            folder = work / "less"
            shutil.copytree(main, folder)
            cut = bytearray(data)
            cut[HEAD + lost * CHUNK:HEAD + (lost + 1) * CHUNK] = bytes(CHUNK)
            (folder / log).write_bytes(cut)
            never_more(run, f"{log.name} without chunk {lost}", base, verdicts(run.examine([folder])))
            shutil.rmtree(folder)


def main():
    run = Run(str(pathlib.Path(sys.argv[1]).resolve()))
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        subprocess.run([sys.argv[2], str(work / "hosts")], check=True)
        subprocess.run([sys.argv[2], "--small", str(work / "small")], check=True)
        host = work / "hosts/main"
        base = same_bytes(run, host, work)
        unrelated(run, host, work / "small", base, work)
        split(run, host, base, work)
        taken_away(run, host, base, work)
    print(f"{run.passed} passed, {run.failed} failed")
    return 1 if run.failed or not run.passed else 0


sys.exit(main())
