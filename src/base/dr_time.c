#include "base/dr_time.h"

#include <stdio.h>

#define TICKS_END 2650467744000000000ll /* 10000-01-01 */

int64_t dr_time_clean(int64_t filetime)
{
    return filetime > 0 && filetime < TICKS_END ? filetime : DR_NO_TIME;
}

bool dr_time_is(int64_t ticks)
{
    return ticks > 0 && ticks < TICKS_END;
}

/* Days since 1970-01-01 and the civil calendar, by eras of 400 years that begin in March. */
static int64_t days_from_civil(int64_t y, int64_t m, int64_t d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static void civil_from_days(int64_t days, dr_date *out)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    out->day = (int)(doy - (153 * mp + 2) / 5 + 1);
    out->month = (int)(mp < 10 ? mp + 3 : mp - 9);
    out->year = (int)(yoe + era * 400 + (out->month <= 2));
}

dr_date dr_time_date(int64_t ticks)
{
    dr_date d = { 0 };
    if (!dr_time_is(ticks))
        return d;
    int64_t days = ticks / DR_TICKS_PER_DAY;
    int64_t rest = ticks % DR_TICKS_PER_DAY;
    civil_from_days(days - 134774, &d); /* 134,774 days from 1601 to 1970 */
    d.weekday = (int)((days + 1) % 7);  /* 1601-01-01 was a Monday */
    d.hour = (int)(rest / DR_TICKS_PER_HOUR);
    d.minute = (int)(rest / DR_TICKS_PER_MIN % 60);
    d.second = (int)(rest / DR_TICKS_PER_S % 60);
    d.ticks = (int)(rest % DR_TICKS_PER_S);
    return d;
}

static int month_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

int64_t dr_time_from_date(const dr_date *d)
{
    if (d->year < 1601 || d->year > 9999 || d->month < 1 || d->month > 12 || d->day < 1 ||
        d->day > month_days(d->year, d->month) || d->hour < 0 || d->hour > 23 || d->minute < 0 ||
        d->minute > 59 || d->second < 0 || d->second > 59 || d->ticks < 0 || d->ticks >= DR_TICKS_PER_S)
        return DR_NO_TIME;
    int64_t days = days_from_civil(d->year, d->month, d->day) + 134774;
    int64_t ticks = days * DR_TICKS_PER_DAY + d->hour * DR_TICKS_PER_HOUR + d->minute * DR_TICKS_PER_MIN +
                    d->second * DR_TICKS_PER_S + d->ticks;
    return dr_time_clean(ticks);
}

void dr_time_text(int64_t ticks, char out[DR_TIME_TEXT])
{
    out[0] = '\0';
    if (!dr_time_is(ticks))
        return;
    dr_date d = dr_time_date(ticks);
    snprintf(out, DR_TIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%07uZ", (unsigned)d.year % 10000u,
             (unsigned)d.month % 100u, (unsigned)d.day % 100u, (unsigned)d.hour % 100u,
             (unsigned)d.minute % 100u, (unsigned)d.second % 100u, (unsigned)d.ticks % 10000000u);
}

void dr_time_short(int64_t ticks, int digits, char out[DR_TIME_TEXT])
{
    dr_time_text(ticks, out);
    if (!out[0])
        return;
    out[10] = ' ';
    if (digits < 0)
        digits = 0;
    if (digits > 7)
        digits = 7;
    out[digits ? 20 + digits : 19] = '\0';
}

/* COUNT digits at *at. */
static bool number(dr_str s, size_t *at, size_t count, int *out)
{
    int v = 0;
    for (size_t i = 0; i < count; i++) {
        if (*at + i >= s.n || s.p[*at + i] < '0' || s.p[*at + i] > '9')
            return false;
        v = v * 10 + (s.p[*at + i] - '0');
    }
    *at += count;
    *out = v;
    return true;
}

static bool sign(dr_str s, size_t *at, char c)
{
    if (*at >= s.n || s.p[*at] != c)
        return false;
    ++*at;
    return true;
}

bool dr_time_parse(dr_str text, int64_t *ticks)
{
    dr_date d = { 0 };
    size_t at = 0;
    int64_t offset = 0;
    text = dr_str_trim(text);
    if (!number(text, &at, 4, &d.year) || !sign(text, &at, '-') || !number(text, &at, 2, &d.month) ||
        !sign(text, &at, '-') || !number(text, &at, 2, &d.day))
        return false;
    if (at < text.n) {
        if (!sign(text, &at, 'T') && !sign(text, &at, ' ') && !sign(text, &at, 't'))
            return false;
        if (!number(text, &at, 2, &d.hour) || !sign(text, &at, ':') || !number(text, &at, 2, &d.minute))
            return false;
        if (sign(text, &at, ':') && !number(text, &at, 2, &d.second))
            return false;
        if (sign(text, &at, '.')) {
            int scale = (int)DR_TICKS_PER_S, digit, n = 0;
            for (; at < text.n && number(text, &at, 1, &digit); n++) {
                scale /= 10;
                d.ticks += digit * scale;
            }
            if (n == 0)
                return false;
        }
        sign(text, &at, ' ');
        if (at < text.n && (text.p[at] == '+' || text.p[at] == '-')) {
            int direction = text.p[at++] == '-' ? -1 : 1, hours, minutes = 0;
            if (!number(text, &at, 2, &hours) || hours > 14)
                return false;
            sign(text, &at, ':');
            if (at < text.n && !number(text, &at, 2, &minutes))
                return false;
            offset = direction * (hours * DR_TICKS_PER_HOUR + minutes * DR_TICKS_PER_MIN);
        } else if (!sign(text, &at, 'Z'))
            sign(text, &at, 'z');
        if (at != text.n && !dr_str_is(dr_str_from(text, at), "UTC"))
            return false;
    }
    int64_t t = dr_time_from_date(&d);
    if (t == DR_NO_TIME)
        return false;
    *ticks = dr_time_clean(t - offset);
    return *ticks != DR_NO_TIME;
}

bool dr_duration_parse(dr_str text, int64_t *ticks)
{
    static const struct {
        const char *unit;
        int64_t ticks;
    } units[] = { { "ms", DR_TICKS_PER_MS }, { "s", DR_TICKS_PER_S },     { "m", DR_TICKS_PER_MIN },
                  { "h", DR_TICKS_PER_HOUR }, { "d", DR_TICKS_PER_DAY } };
    size_t digits = text.n && (text.p[0] == '-' || text.p[0] == '+') ? 1 : 0;
    while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
        digits++;
    int64_t v;
    if (!dr_str_to_i64(dr_str_sub(text, 0, digits), &v))
        return false;
    dr_str unit = dr_str_from(text, digits);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (dr_str_is(unit, units[i].unit)) {
            if (v > INT64_MAX / units[i].ticks || v < -(INT64_MAX / units[i].ticks))
                return false;
            *ticks = v * units[i].ticks;
            return true;
        }
    }
    return false;
}

int64_t dr_time_from_systemtime(const uint8_t p[16])
{
    uint16_t f[8];
    for (size_t i = 0; i < 8; i++)
        f[i] = (uint16_t)(p[2 * i] | (uint16_t)(p[2 * i + 1] << 8));
    if (f[7] > 999)
        return DR_NO_TIME;
    dr_date d = { .year = f[0], .month = f[1], .day = f[3], .hour = f[4], .minute = f[5], .second = f[6],
                  .ticks = f[7] * 10000 };
    return dr_time_from_date(&d);
}

int64_t dr_time_from_unix(int64_t seconds)
{
    if (seconds < -11644473600ll || seconds > 253402300799ll)
        return DR_NO_TIME;
    return dr_time_clean(seconds * DR_TICKS_PER_S + DR_TICKS_1970);
}

void dr_duration_text(int64_t ticks, char out[32])
{
    if (ticks < 0)
        ticks = ticks == INT64_MIN ? INT64_MAX : -ticks;
    long long s = ticks / DR_TICKS_PER_S;
    if (ticks < DR_TICKS_PER_S)
        snprintf(out, 32, "%lld ms", (long long)(ticks / DR_TICKS_PER_MS));
    else if (s < 10)
        snprintf(out, 32, "%lld.%lld s", s, (long long)(ticks / (DR_TICKS_PER_S / 10) % 10));
    else if (s < 120)
        snprintf(out, 32, "%lld s", s);
    else if (s < 7200)
        snprintf(out, 32, "%lld min", s / 60);
    else if (s < 48 * 3600)
        snprintf(out, 32, "%lld h %lld min", s / 3600, s / 60 % 60);
    else
        snprintf(out, 32, "%lld d %lld h", s / 86400, s / 3600 % 24);
}
