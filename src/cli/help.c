#include "cli/help.h"

#include "didrun.h"

static const char main_page[] =
    "didrun says how far the evidence carries a claim: present, attempted, started, achieved, persists.\n"
    "\n"
    "  didrun examine collection.zip              what happened, first what needs a decision\n"
    "  didrun explain collection.zip v-b3d4       what a verdict rests on, and what is missing\n"
    "  didrun coverage collection.zip             what could not have been seen, and why\n"
    "  didrun check Logs/ 'net user bob Pw1 /add' --at 2025-06-01T12:07\n"
    "                                             how far one claim is borne out\n"
    "  didrun examine --json Logs/ > v.jsonl      the same for programs\n"
    "  didrun parse Security.evtx                 every record of a file, as JSON Lines\n"
    "\n"
    "Evidence is a file, a folder or an archive with Windows event logs, registry hives, Prefetch files,\n"
    "a WMI repository. It is opened read-only. examine -o CASE keeps what was found in one file, which\n"
    "stands for the evidence from then on.\n"
    "\n"
    "Verbs:\n"
    "  examine    the main job: read everything, print the verdicts\n"
    "  verdicts   all verdicts, one a line; --csv\n"
    "  explain    verdicts with their ladders\n"
    "  coverage   what was recorded, when; --damage: what could not be read\n"
    "  check      one claim: a command line, or --claim ID NAME=VALUE...\n"
    "  programs   every program that the evidence mentions, whether it ran, and what says so; --csv\n"
    "  timeline   every fact in the order of time; --csv\n"
    "  find       facts that hold a text: a name, SID, address, hash; --csv\n"
    "  parse      records of a file, without any interpretation\n"
    "  rules      list, show, check and test the rules\n"
    "  doctor     versions, hashes of the data, a self-test\n"
    "  note       what an examiner says to a verdict of a case\n"
    "\n"
    "didrun VERB --help says more. Exit status: 0 done; 1 done, some evidence damaged; 2 wrong usage or\n"
    "an error in a rule; 3 could not finish; 4 contradicted or overclaimed; 130 interrupted.\n";

static const char *const pages[CLI_VERB_COUNT] = {
    [CLI_EXAMINE] = "  didrun examine collection.zip\n"
                    "  didrun examine collection.zip -o host.case\n"
                    "  didrun examine Security.evtx System.evtx SAM --json\n"
                    "  didrun examine C/ --claim account-created --from 2025-06-01\n"
                    "\n"
                    "didrun examine EVIDENCE...\n"
                    "Reads the evidence and prints the verdicts, first those that need a decision.\n"
                    "  -o, --output CASE   keep all that was found; every verb takes a case instead of evidence\n"
                    "  -C, --overwrite     a case may stand there already\n"
                    "  --into CASE         add evidence to a case; its sources are read again\n",
    [CLI_VERDICTS] = "  didrun verdicts collection.zip --verdict no-effect,failed\n"
                     "  didrun verdicts collection.zip --csv > verdicts.csv\n"
                     "\n"
                     "didrun verdicts EVIDENCE...\n"
                     "All verdicts, one a line. --csv: as a table for a spreadsheet.\n",
    [CLI_TIMELINE] = "  didrun timeline collection.zip --from 2025-06-01T12:00 --to 2025-06-01T12:10\n"
                     "  didrun timeline collection.zip --host WS07 --json\n"
                     "\n"
                     "didrun timeline EVIDENCE...\n"
                     "Every fact in the order of time, with what its time means, where it stands, and the highest\n"
                     "rung that such a fact can carry. --all: with all ids, hashes and numbers. --csv: all of it as a\n"
                     "table for a spreadsheet.\n",
    [CLI_FIND] = "  didrun find collection.zip svc_sql\n"
                 "  didrun find collection.zip S-1-5-21-1-2-3-1105 --json\n"
                 "\n"
                 "didrun find EVIDENCE... TEXT...\n"
                 "Facts that hold the text in any value, without case. An argument that is no file and no\n"
                 "folder is a text. --csv: as a table for a spreadsheet.\n",
    [CLI_EXPLAIN] = "  didrun explain collection.zip v-b3d4\n"
                    "  didrun explain collection.zip v-b3d4 --json\n"
                    "  didrun explain Logs/ --claim log-cleared\n"
                    "\n"
                    "didrun explain EVIDENCE... [ID...]\n"
                    "The ladder of verdicts: the records behind every rung, what is missing and why, what would\n"
                    "settle it. An id may be shortened as far as it stays the only one. Without ids: all that\n"
                    "--claim, --verdict, --host and the times leave.\n",
    [CLI_COVERAGE] = "  didrun coverage collection.zip\n"
                     "  didrun coverage collection.zip --damage\n"
                     "\n"
                     "didrun coverage EVIDENCE...\n"
                     "What each recorder of each host would have written, over time, and why not. With --damage:\n"
                     "what could not be read, file by file, with offsets.\n",
    [CLI_CHECK] = "  didrun check Logs/ 'net user bob Pw1 /add' --at 2025-06-01T12:07 --host WS07\n"
                  "  didrun check Logs/ --claim account-created account=bob\n"
                  "\n"
                  "didrun check EVIDENCE... COMMAND [--at TIME] [--host NAME]\n"
                  "didrun check EVIDENCE... --claim ID [NAME=VALUE...] [--at TIME] [--host NAME]\n"
                  "How far the evidence bears one claim: it is answered with its ladder. An argument that is no\n"
                  "file and no folder is the command (or, with --claim, a parameter).\n",
    [CLI_PROGRAMS] = "  didrun programs collection.zip\n"
                     "  didrun programs C/ --verdict failed-to-start,blocked,crashed\n"
                     "  didrun programs C/ --csv > programs.csv\n"
                     "\n"
                     "didrun programs EVIDENCE...\n"
                     "Every program that the evidence mentions: the highest rung that any of it bears out, the first\n"
                     "and last launch that is dated, and what each artefact can say. What got furthest stands first,\n"
                     "of equals what was launched last. A wide terminal gets a column for each artefact.\n"
                     "  --limit N   only the first N\n"
                     "  --csv       as a table for a spreadsheet\n",
    [CLI_PARSE] = "  didrun parse Security.evtx\n"
                  "  didrun parse Security.evtx --offsets | head\n"
                  "  didrun parse SOFTWARE --key 'Microsoft\\Windows\\CurrentVersion\\Run'\n"
                  "\n"
                  "didrun parse FILE...\n"
                  "Every record as a line of JSON, as the file has it.\n"
                  "  --xml         event logs: XML instead of JSON\n"
                  "  --offsets     where each record stands\n"
                  "  --recovered   with records of unused space and deleted keys\n"
                  "  --key KEY     registry: only this key and what is below it\n",
    [CLI_RULES] = "  didrun rules list\n"
                  "  didrun rules show account-created\n"
                  "  didrun rules check my-rules/\n"
                  "  didrun rules test\n"
                  "\n"
                  "didrun rules list | show ID | check PATH... | test [DIR...]\n"
                  "The claims that didrun knows; whether rules of your own are right; whether the examples that\n"
                  "stand in rules and data come out as they say.\n",
    [CLI_DOCTOR] = "  didrun doctor\n"
                   "  didrun doctor -v --json\n"
                   "\n"
                   "didrun doctor\n"
                   "Versions, SHA-256 of the data files (-v: of each), and a self-test: all examples of rules and\n"
                   "data, and an event log that the program carries. Status 4 when something fails.\n",
    [CLI_NOTE] = "  didrun note host.case\n"
                 "  didrun note host.case v-b3d4 --dispute --by ana 'the account was made by our own script'\n"
                 "  didrun note host.case --remove 3\n"
                 "\n"
                 "didrun note CASE [ID TEXT]\n"
                 "Lists the notes of a case, or adds one beside a verdict. A note alters nothing of the verdict; it\n"
                 "is shown with it, and stays when evidence is added.\n"
                 "  --accept, --dispute   what the note says of the verdict; without either it is a remark\n"
                 "  --by NAME             whose note it is\n"
                 "  --remove NUMBER       take a note away\n",
};

static const char which_page[] = "\n"
                                 "Which (of these, those that the verb has):\n"
                                 "  --from TIME, --to TIME   2025-06-01, 2025-06-01T12:07 (UTC, or with +02:00)\n"
                                 "  --last LENGTH            36h, 7d: so long before the end of the evidence\n"
                                 "  --host NAME              of this host\n"
                                 "  --claim ID               of this claim; may be given again\n"
                                 "  --verdict WORD           of this word (achieved, no-effect, ...); may be given again\n"
                                 "  --all                    with what every machine has, and every row of evidence\n";

static const char how_page[] = "\n"
                               "How:\n"
                               "  --json          JSON Lines\n"
                               "  --rules DIR     rules of your own; may be given again\n"
                               "  --data DIR      instead of built-in data; may be given again\n"
                               "  --threads N     default: one for each processor\n"
                               "  --tz +HH:MM     times of this zone beside UTC\n"
                               "  --progress      show it even where standard error is no terminal\n"
                               "  --no-color      no colour (also the variable NO_COLOR)\n"
                               "  -q, -v          say less, say more on standard error\n";

void help_main(FILE *out)
{
    fputs(main_page, out);
}

void help_verb(FILE *out, cli_verb verb)
{
    fputs(pages[verb], out);
    if (verb == CLI_PARSE || verb == CLI_RULES || verb == CLI_DOCTOR || verb == CLI_NOTE)
        return;
    fputs(which_page, out);
    fputs(how_page, out);
}

void help_version(FILE *out)
{
    fprintf(out, "didrun %s\n", didrun_version());
}
