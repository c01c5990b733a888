#include "kernel.h"

/* The nearest numbers of half the size that are not below, and not above: more of them are near. */
static float not_below(double x) { float y = (float)x; return y < x ? nextafterf(y, INFINITY) : y; }
static float not_above(double x) { return -not_below(-x); }

static inline void settle_limit(struct program *p, const struct against *s, i64 limit, trit truth)
{
    i64 place = s->truths[limit];
    settle(p, place < 0 ? ~place : place, place < 0 ? (trit)-truth : truth);
}

/* Compare a number with its constants, which stand in order: with those between which it was, or with all where it or what
 * it was is not known. Know between which it is now: above `low`, not above `high`. */
static void compare(struct program *p, const struct against *s, i64 at, double x)
{
    i64 begin = s->begins[at], end = s->begins[at + 1], passed = s->passed[at];
    if (isnan(x) && isnan(s->low[at]))
        return;
    if (isnan(x)) {
        for (i64 i = begin; i < end; i++)
            settle_limit(p, s, i, 0);
        s->passed[at] = -1, s->low[at] = s->high[at] = NAN;
        return;
    }
    if (passed < 0) {
        for (passed = begin; passed < end && x > s->limits[passed];)
            settle_limit(p, s, passed++, 1);
        for (i64 i = passed; i < end; i++)
            settle_limit(p, s, i, -1);
    }
    while (passed < end && x > s->limits[passed])
        settle_limit(p, s, passed++, 1);
    while (passed > begin && x <= s->limits[passed - 1])
        settle_limit(p, s, --passed, -1);
    s->passed[at] = (int32_t)passed;
    s->low[at] = passed > begin ? not_below(s->limits[passed - 1]) : -INFINITY;
    s->high[at] = passed < end ? not_above(s->limits[passed]) : INFINITY;
}

/* Compare so many numbers. What that reads lies far apart, so it is asked for together. */
static void compare_all(struct program *p, const struct against *s, const int32_t *places, i64 n)
{
    for (i64 i = 0; i < n; i++) {
        __builtin_prefetch(s->begins + places[i]);
        __builtin_prefetch(s->passed + places[i], 1);
    }
    for (i64 i = 0; i < n; i++)
        if (s->passed[places[i]] >= 0) {
            __builtin_prefetch(s->limits + s->passed[places[i]]);
            __builtin_prefetch(s->truths + s->passed[places[i]]);
        }
    for (i64 i = 0; i < n; i++)
        compare(p, s, places[i], p->numbers[s->first + places[i]]);
}

enum { MOST_CHUNKS = 256 };

INLINE int within(const double *x, const float *low, const float *high, i64 n)
{
    i64 all = 1; /* as wide as what is compared: that is quick */
    for (i64 i = 0; i < n; i++) {
        double above = low[i], upto = high[i];
        all &= (i64)(above < x[i]) & (i64)(x[i] <= upto);
    }
    return all != 0;
}

/* Most numbers are still where no truth changes: so many are looked at together, and what a processor would have to guess
 * is not asked before the end. */
WIDE void against(struct program *p, const struct against *s)
{
    const double *x = p->numbers + s->first;
    const float *low = s->low, *high = s->high;
    int32_t chunks[MOST_CHUNKS], gone[TOGETHER * 4];
    for (i64 begin = 0; begin < s->n; begin += MOST_CHUNKS * TOGETHER) {
        i64 chunks_n = 0, gone_n = 0, end = s->n - begin < MOST_CHUNKS * TOGETHER ? s->n : begin + MOST_CHUNKS * TOGETHER, i;
        for (i = begin; i + TOGETHER <= end; i += TOGETHER)
            if (!within(x + i, low + i, high + i, TOGETHER))
                chunks[chunks_n++] = (int32_t)i;
        if (i < end)
            chunks[chunks_n++] = (int32_t)i;
        for (i64 chunk = 0; chunk < chunks_n; chunk++) {
            i64 stop = chunks[chunk] + TOGETHER < end ? chunks[chunk] + TOGETHER : end;
            for (i = chunks[chunk]; i < stop; i++) {
                gone[gone_n] = (int32_t)i;
                gone_n += !(low[i] < x[i]) | !(x[i] <= high[i]);
            }
            if (gone_n > 3 * TOGETHER)
                compare_all(p, s, gone, gone_n), gone_n = 0;
        }
        compare_all(p, s, gone, gone_n);
    }
}

enum { GREATER, AT_LEAST, LESS };

INLINE trit ordered(i64 which, double l, double r)
{
    return (trit)(which == GREATER ? (l > r) - (l <= r) : which == AT_LEAST ? (l >= r) - (l < r)
                  : which == LESS ? (l < r) - (l >= r) : (l <= r) - (l > r));
}

WIDE void order(struct program *p, const struct order *s)
{
    trit found[TOGETHER];
    for (i64 first = 0; first < s->n; first += TOGETHER) {
        i64 n = s->n - first < TOGETHER ? s->n - first : TOGETHER;
        for (i64 i = 0; i < n; i++)
            found[i] = ordered(s->which, number(s->left, p->numbers, first + i), number(s->right, p->numbers, first + i));
        settle_all(p, s->out + first, found, n);
    }
}
