#ifndef DR_TESTS_WRITER_REST_H
#define DR_TESTS_WRITER_REST_H
/*
 * What is left on the sample host at collection, beside its logs: hives, Prefetch files, the WMI repository. They belong
 * to the stories: an account still in place and one that is gone, a service, a task, a product,
 * settings of Defender, and programs that only some artefacts know.
 */
#include "writer/story.h"

extern const truth rest_truths[], undone_truths[];

/* Writes the files into folder/C. The stories have been told. */
void write_rest(host *h, const char *folder);
/* The repository alone, after the subscription was taken back. */
void write_undone(host *h, const char *folder);

#endif
