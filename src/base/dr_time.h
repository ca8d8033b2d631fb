/* Time: ticks of 100 ns since 1601-01-01 UTC, as FILETIME counts them, in int64. The only file that
 * converts. 0, negative values and what lies beyond the year 9999 are "no time". */
#ifndef DR_BASE_DR_TIME_H
#define DR_BASE_DR_TIME_H

#include "base/str.h"

#define DR_NO_TIME INT64_MIN
#define DR_TICKS_PER_MS 10000ll
#define DR_TICKS_PER_S 10000000ll
#define DR_TICKS_PER_MIN (60 * DR_TICKS_PER_S)
#define DR_TICKS_PER_HOUR (3600 * DR_TICKS_PER_S)
#define DR_TICKS_PER_DAY (86400 * DR_TICKS_PER_S)
#define DR_TICKS_1970 116444736000000000ll

typedef struct dr_date {
    int year, month, day, hour, minute, second;
    int ticks;   /* 100 ns below the second */
    int weekday; /* 0 Sunday */
} dr_date;

/* DR_NO_TIME for what is no time, else the ticks. */
int64_t dr_time_clean(int64_t filetime);
bool dr_time_is(int64_t ticks);
dr_date dr_time_date(int64_t ticks);
/* DR_NO_TIME when a field is out of range. */
int64_t dr_time_from_date(const dr_date *date);
/* 2021-03-04T05:06:07.1234567Z (28 characters and a NUL). Empty text for no time. */
#define DR_TIME_TEXT 29
void dr_time_text(int64_t ticks, char out[DR_TIME_TEXT]);
/* The same with a space for T and DIGITS (0 to 7) of the fraction, without Z: for people. */
void dr_time_short(int64_t ticks, int digits, char out[DR_TIME_TEXT]);
/* Reads RFC 3339 (T or space, any number of fraction digits, Z, +hh:mm or nothing = UTC; also a date
 * alone, and date with hh:mm). */
bool dr_time_parse(dr_str text, int64_t *ticks);
/* 90s, 5m, 2h, 3d, 500ms, also with a sign, to ticks. */
bool dr_duration_parse(dr_str text, int64_t *ticks);
/* SYSTEMTIME of 16 bytes; DR_NO_TIME when all zero or out of range. */
int64_t dr_time_from_systemtime(const uint8_t p[16]);
int64_t dr_time_from_unix(int64_t seconds);
/* "3 h 5 min", "0.4 s", "120 d": for people. */
void dr_duration_text(int64_t ticks, char out[32]);

#endif
