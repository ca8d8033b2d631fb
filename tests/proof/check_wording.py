#!/usr/bin/env python3
"""Words that say more than evidence can, and sentences that do not read like any.

usage: check_wording.py DIDRUN DIDRUN_SAMPLE

Searches what didrun itself says: the texts of data/, its help, and what examine, explain and
coverage print for people over the sample hosts and over real logs ($DIDRUN_SHARED). Quoted evidence
is not ours: the values of a verdict and of its rows, the names of files, hosts and accounts are
taken out before the search. tools/check-wording.sh does the same for texts in source files.
Python 3 and nothing else.
"""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BARRED = ["executed", "successfully", "malicious", "attacker", "is still", "no evidence of", "clean", "confirmed",
          "never ran"]
# Alone: of a threat, a program, an attempt. A service, a log or a sensor is stopped by its own word for it.
STOPPED = re.compile(r"(?<![a-z-])stopped(?! (?:and|by|at|again))", re.I)
MAY_STOP = re.compile(r"(service|log|sensor|driver|event|writing|recorder|engine|state|it started or|started or) ?[^.;]{0,80}$", re.I)
UNFILLED = re.compile(r"\(not known\)|\{[a-z_]+(\|[^}]*)?\}|\(null\)|%[sdu]\b")
FAULTS = [(re.compile(r"\.\.(?!\.)(?=\s|$)"), "two full stops"), (re.compile(r" [.,;:)](?=\s|$)"), "a blank before a stop"),
          (re.compile(r"\(\)|\( "), "empty brackets"), (re.compile(r"[a-z]  [a-z]"), "two blanks"),
          (re.compile(r": [a-z ]+: [a-z ]+: "), "three colons"), (re.compile(r"\b([a-z]+) \1\b"), "a word twice")]


class Search:
    def __init__(self):
        self.faults = collections.OrderedDict()
        self.texts = 0

    def tell(self, what, where, text):
        entry = self.faults.setdefault(what, [0, f"{where}: {text}"[:400]])
        entry[0] += 1

    def barred(self, text, where):
        self.texts += 1
        plain = " " + re.sub(r"[^a-z0-9]+", " ", text.lower()) + " "
        for word in BARRED:
            if f" {word} " in plain:
                self.tell(f"the word {word!r}", where, text)
        for match in STOPPED.finditer(text):
            if not MAY_STOP.search(text[:match.start()]):
                self.tell("the word 'stopped' alone", where, text)

    def sentence(self, text, where):
        """A text of whole sentences, its quoted evidence replaced by Q."""
        for pattern, name in FAULTS:
            match = pattern.search(text)
            if match:
                self.tell(name, where, f"{match.group()!r} in {text}")
        if not text.endswith((".", ".)")):
            self.tell("no full stop at the end", where, text)
        for part in re.split(r"(?<=[.])\s+", text):
            if part and not (part[0].isupper() or part[0] in "Q\"'"):
                self.tell("a sentence without a capital letter", where, text)


def quoted(v):
    """What of a verdict's texts is evidence, longest first."""
    values = set(v["parameters"].values())
    for row in v["evidence"]:
        values.update(str(row[key]) for key in ("text", "place", "channel", "source") if row.get(key))
    for value in list(values):
        values.add(value.removeprefix("Microsoft-Windows-"))
    values.update((v.get("host") or "", v.get("host_last") or "", v.get("from_host") or ""))
    return sorted((value for value in values if len(value) > 1), key=len, reverse=True)


ACCOUNT = re.compile(r"under the account (?:[^()]*?(?= \((?:logon|[^()]*(?:record|offset)))|[^.;]*)")


def own(text, values):
    for value in values:
        text = text.replace(value, "Q")
    text = re.sub(r"(?<= of )[\w.-]+(?=\)|\.$|;)", "Q", text) if "among the evidence" in text else text
    return ACCOUNT.sub("under the account Q", text)


def data_texts(root):
    keys = re.compile(r"\b(say|title|label|shown|text|effect|note|why):\s*('(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"|[^,}'\"\n][^,}\n]*)")
    for path in sorted((root / "data").rglob("*.yml")):
        body = path.read_text(encoding="utf-8").partition("\nexamples:")[0] if "claims" in path.parts else path.read_text(encoding="utf-8")
        in_alternatives = False
        for number, line in enumerate(body.splitlines(), 1):
            if line.startswith("#"):
                continue
            if not line.startswith(" "):
                in_alternatives = line.startswith("alternatives:")
            elif in_alternatives:
                yield f"{path.name}:{number}", line.strip(" -")
            if "given:" in line or "{fact:" in line and "say:" not in line:
                continue
            for match in keys.finditer(line):
                if not match.group(2).startswith("$"):
                    yield f"{path.name}:{number}", match.group(2).strip("'\"")


def run(command):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=300, check=False,
                          env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"})


def verdicts(didrun, arguments):
    done = run([didrun, "examine", "--json", *map(str, arguments)])
    return [item for item in map(json.loads, done.stdout.splitlines()) if item["type"] == "verdict"]


def look_at(search, didrun, arguments, name, explain):
    seen = set()
    found = verdicts(didrun, arguments)
    for v in found:
        values = quoted(v)
        text, label, where = own(v["text"], values), own(v["label"], values), f"{name} {v['id']} {v['claim']} {v['word']}"
        search.barred(text, where)
        search.barred(label, where)
        search.sentence(text, where)
        for kind, said in (("text", text), ("label", label)):
            if UNFILLED.search(said):
                search.tell(f"a {kind} with a hole", where, v[kind])
        for row in v["missing"]:
            search.barred(row["text"], where)
        for other in v["alternatives"]:
            search.barred(other, where)
        if v["text"].count(v["label"]) > 1:
            search.tell("a label twice", where, v["text"])
        key = (v["claim"], v["word"])
        if explain and key not in seen:
            seen.add(key)
            shown = run([didrun, "explain", *map(str, arguments), v["id"]])
            if shown.returncode not in (0, 1):
                search.tell("explain that fails", where, shown.stderr)
            for line in shown.stdout.splitlines():
                search.barred(own(line, [str(argument) for argument in arguments] + values), f"explain {where}")
    values = sorted({value for v in found for value in quoted(v)}, key=len, reverse=True)
    for verb in ("examine", "coverage"):
        for line in run([didrun, verb, *map(str, arguments)]).stdout.splitlines():
            names = [str(argument) for argument in arguments] + [value for value in values if value in line]
            search.barred(own(line, names), f"{verb} {name}")
    return len(found), len(seen)


def main():
    didrun, sample = sys.argv[1:3]
    root = pathlib.Path(__file__).resolve().parents[2]
    search = Search()
    for where, text in data_texts(root):
        search.barred(text, where)
    for verb in ["", *re.findall(r"^  ([a-z]+)  ", run([didrun, "--help"]).stdout, re.M)]:
        shown = run([didrun, *([verb] if verb else []), "--help"])
        for line in shown.stdout.splitlines():
            search.barred(line, f"help of {verb or 'didrun'}")
    n_verdicts = n_screens = 0
    with tempfile.TemporaryDirectory() as work:
        hosts = pathlib.Path(work) / "hosts"
        subprocess.run([sample, str(hosts)], check=True)
        runs = [("rest", [hosts / "rest"], True), ("main", [hosts / "main"], False), ("clean", [hosts / "clean"], False)]
        runs += [(twin.name, [twin], False) for twin in sorted((hosts / "twins").iterdir())]
        data = pathlib.Path(os.environ.get("DIDRUN_SHARED", "../shared")) / "data"
        if data.is_dir():
            runs += [("evtx", [data / "evtx"], True), ("szechuan", [data / "hosts/szechuan-dc01.zip"], False)]
        for name, arguments, explain in runs:
            n, screens = look_at(search, didrun, arguments, name, explain)
            n_verdicts += n
            n_screens += screens
    for what, (count, first) in search.faults.items():
        print(f"FAIL {what}: {count} times, first {first}")
    print(f"{search.texts} texts, {n_verdicts} verdicts, {n_screens} explained; {len(search.faults)} faults")
    return 1 if search.faults or n_verdicts < 100 or n_screens < 20 else 0


sys.exit(main())
