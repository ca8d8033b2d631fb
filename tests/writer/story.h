#ifndef DR_TESTS_WRITER_STORY_H
#define DR_TESTS_WRITER_STORY_H
/*
 * Stories: what happened on the invented host, and what may be said of it.
 *
 * A story emits records, tagged "story.thing". Its truths say which verdicts must come out of the
 * main host; each twin takes something away and says what must come out then. To add a story, write
 * a function and an entry of the table in one of the story files; main.c does the rest.
 */
#include "writer/everyday.h"
#include "writer/host.h"

#define STORY_TRUTHS 8
#define STORY_TWINS 8
#define STORY_CUTS 6

/* One verdict that must come out. Lists are separated by "|". */
typedef struct truth {
    const char *claim;
    const char *parameters; /* "account=bob|sid=*": as compared by the test */
    const char *words;      /* any of these */
    const char *forbidden;  /* none of these, for the same claim and parameters */
    const char *tags;       /* records that must be cited; the first gives the time of the verdict */
    const char *says;       /* texts that must stand in what the verdict says */
    const char *check;      /* what `check` is asked: a command, or "=NAME=VALUE"; words are its answer */
} truth;

typedef struct twin {
    const char *name;
    const char *why;
    cut cuts[STORY_CUTS];
    truth truths[STORY_TRUTHS];
} twin;

/* Who acts in the stories of a host. */
typedef struct scene {
    host *h;
    const session *eve;          /* the full token of a remote desktop session on the day of the attack */
    const process *eve_explorer, *eve_shell;
} scene;

typedef struct story {
    const char *name;
    const char *tells;
    void (*tell)(scene *s);
    truth truths[STORY_TRUTHS];
    twin twins[STORY_TWINS];
} story;

/* A story that needs a host of its own: another span, another clock, other names. */
typedef struct special {
    const char *name;   /* the folder is extra/NAME */
    const char *tells;
    const char *folders; /* evidence of its truths where it is more than this folder */
    void (*set)(host_options *options);
    void (*tell)(scene *s);
    cut cuts[STORY_CUTS];
    truth truths[STORY_TRUTHS];
    twin twins[STORY_TWINS];
} special;

extern const special specials[];

/* The day of the attack, counted from the first day of the host. */
#define DAY_OF_ATTACK 4

/* Relative ids of the accounts that are made, in the order of their making. */
enum { RID_HELPDESK = 1004, RID_OPSA, RID_OPSB, RID_PHOENIX, RID_BOB, RID_NEXT };

extern const story account_stories[], product_stories[], program_stories[], defender_stories[], system_stories[];

/* Starts a console tool under a shell; it ends after `lasts` with `status`. */
const process *run_tool(scene *s, ticks t, const process *shell, const session *owner, const char *image,
                        const char *line, ticks lasts, uint32_t status);

/* net.exe and the net1.exe that it hands over to; gives the latter. */
const process *run_net(scene *s, ticks t, const process *shell, const session *owner, const char *arguments,
                       uint32_t status);

/* A PowerShell command given on the command line, with its script block record. */
const process *run_powershell(scene *s, ticks t, const process *shell, const session *owner,
                              const char *command, ticks lasts);

/* All that Windows records when a local account is made; tags are "prefix.4720" and so on. */
void make_account(scene *s, ticks t, const char *prefix, const char *name, const char *sid, const session *by);
void delete_account(scene *s, ticks t, const char *prefix, const char *name, const char *sid, const session *by);

/* A console of the user of that day, with the full token. */
const process *admin_console(scene *s, ticks t);

/* The four fields of a Subject block. */
#define SUBJECT_OF(h, s) (s)->who.sid, (s)->who.name, (s)->who.domain, logon_text(h, s)

/* A program that came to the host while launches were recorded, and was never launched. */
#define UNUSED_PROGRAM "C:\\Users\\maria\\Downloads\\unused.exe"

#endif
