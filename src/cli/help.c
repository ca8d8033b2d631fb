#include "cli/help.h"

static const char main_page[] =
    "didrun says how far the evidence carries a claim: present, attempted, started, achieved, persists.\n"
    "\n"
    "  didrun examine collection.zip                    what happened, first what needs a decision\n"
    "  didrun explain collection.zip v-b3d4             what a verdict rests on, and what is missing\n"
    "  didrun coverage collection.zip                   what could not have been seen, and why\n"
    "  didrun check Logs/ 'net user bob Pw1 /add' --at 2025-06-01T12:07\n"
    "                                                   how far one claim is borne out\n"
    "  didrun examine --json Logs/ > verdicts.jsonl     the same for programs\n"
    "  didrun parse Security.evtx                       every record of a file, as JSON Lines\n"
    "\n"
    "Evidence is a file, a folder or an archive with Windows event logs, registry hives, Prefetch files,\n"
    "a WMI repository. It is opened read-only.\n"
    "\n"
    "Verbs:\n"
    "  examine    the main job: read everything, print the verdicts\n"
    "  verdicts   all verdicts, one a line\n"
    "  explain    one verdict with its ladder\n"
    "  coverage   what was recorded, when; --damage: what could not be read\n"
    "  check      one claim: a command line, or --claim ID NAME=VALUE...\n"
    "  parse      records of a file, without any interpretation\n"
    "  rules      list, show, check and test the rules\n"
    "\n"
    "didrun VERB --help says more. Exit status: 0 done; 1 done, some evidence damaged; 2 wrong usage or\n"
    "an error in a rule; 3 could not finish; 4 contradicted or overclaimed; 130 interrupted.\n";

static const char common_page[] =
    "\n"
    "Which verdicts:\n"
    "  --from TIME, --to TIME, --last SPAN   2025-06-01, 2025-06-01T12:07; 90m, 24h, 7d (UTC)\n"
    "  --host NAME         of this host\n"
    "  --claim ID          of this claim; may be given again\n"
    "  --verdict WORD      of this word (achieved, no-effect, ...); may be given again\n"
    "  --all               with what is expected on every machine, and every row of evidence\n"
    "How:\n"
    "  --json              JSON Lines\n"
    "  --rules DIR         further rules; may be given again\n"
    "  --data DIR          instead of the built-in data\n"
    "  --threads N         default: the processors there are\n"
    "  --progress          show it even where standard error is no terminal\n"
    "  --no-color          no colour (also the variable NO_COLOR)\n"
    "  -q, -v              say less, say more on standard error\n";

static const char *const pages[CLI_VERB_COUNT] = {
    [CLI_EXAMINE] = "  didrun examine collection.zip\n"
                    "  didrun examine Security.evtx System.evtx SAM --json\n"
                    "  didrun examine C/ --claim account-created --last 7d\n"
                    "  didrun examine C/ -o case.didrun\n"
                    "\n"
                    "didrun examine EVIDENCE... [-o CASE]\n"
                    "Reads the evidence and prints the verdicts, first those that need a decision. With -o it also\n"
                    "writes the case, an SQLite file.\n",
    [CLI_VERDICTS] = "  didrun verdicts collection.zip --claim program-ran\n"
                     "  didrun verdicts collection.zip --verdict no-effect --json\n"
                     "\n"
                     "didrun verdicts EVIDENCE...\n"
                     "All verdicts, one a line.\n",
    [CLI_EXPLAIN] = "  didrun explain collection.zip v-b3d4\n"
                    "  didrun explain collection.zip v-b3d4 --json\n"
                    "  didrun explain Logs/ --claim log-cleared\n"
                    "\n"
                    "didrun explain EVIDENCE... [ID...]\n"
                    "The ladder of verdicts: the records behind every rung, what is missing and why, what would\n"
                    "settle it. An id may be shortened as far as it stays the only one. Without ids: those that need\n"
                    "a decision, or all that --claim, --verdict, --host and the times leave.\n",
    [CLI_COVERAGE] = "  didrun coverage collection.zip\n"
                     "  didrun coverage collection.zip --damage\n"
                     "\n"
                     "didrun coverage EVIDENCE...\n"
                     "What each recorder of each host would have written, over time, and why not. With --damage:\n"
                     "what could not be read, file by file, with offsets.\n",
    [CLI_CHECK] = "  didrun check Logs/ 'net user bob Pw1 /add' --at 2025-06-01T12:07 --host WS07\n"
                  "  didrun check Logs/ --claim account-created account=bob\n"
                  "  didrun check C/ --program evil.exe\n"
                  "\n"
                  "didrun check EVIDENCE... COMMAND [--at TIME] [--host NAME]\n"
                  "didrun check EVIDENCE... --claim ID [NAME=VALUE...] [--at TIME] [--host NAME]\n"
                  "How far the evidence bears one claim: it is answered with its ladder.\n",
    [CLI_PARSE] = "  didrun parse Security.evtx\n"
                  "  didrun parse Security.evtx --at 0x11000\n"
                  "  didrun parse SYSTEM | head\n"
                  "\n"
                  "didrun parse FILE... [--at OFFSET]\n"
                  "Every record as a line of JSON, as the file has it. With --at: the fields of the structure at\n"
                  "that offset.\n",
    [CLI_RULES] = "  didrun rules list\n"
                  "  didrun rules show account-created\n"
                  "  didrun rules check my-rules/\n"
                  "  didrun rules test\n"
                  "\n"
                  "didrun rules list | show ID | check PATH... | test [PATH...]\n"
                  "The claims that didrun knows; whether rules of your own are right; whether the examples that\n"
                  "stand in the rules and maps come out as they say.\n",
};

void help_main(FILE *out)
{
    fputs(main_page, out);
}

void help_verb(FILE *out, cli_verb verb)
{
    fputs(pages[verb], out);
    if (verb != CLI_PARSE && verb != CLI_RULES)
        fputs(common_page, out);
}

void help_version(FILE *out)
{
    fputs("didrun " DIDRUN_VERSION "\n", out);
}
