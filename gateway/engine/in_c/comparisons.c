#include "kernel.h"

/* Compare a number with its constants, and know between which of them no truth of these would be another: above `low`, not
 * above `high`. While it is not known, nor are they. */
static void compare(struct program *p, const struct against *s, i64 at, double x)
{
    double low = isnan(x) ? x : (double)-INFINITY, high = isnan(x) ? x : (double)INFINITY;
    if (isnan(x) && isnan(s->low[at]))
        return;
    for (i64 turned = 0; turned < 2; turned++)
        for (i64 i = s->begins[2 * at + turned]; i < s->begins[2 * at + 2 + turned]; i++) {
            double limit = s->limits[i];
            trit above = (trit)((x > limit) - (x <= limit));
            if (above > 0 && limit > low)
                low = limit;
            if (above < 0 && limit < high)
                high = limit;
            settle(p, s->out + i, turned ? (trit)-above : above);
        }
    s->low[at] = low, s->high[at] = high;
}

/* Compare so many numbers. What that reads lies far apart, so it is asked for together. */
static void compare_all(struct program *p, const struct against *s, const int32_t *places, i64 n)
{
    for (i64 i = 0; i < n; i++)
        __builtin_prefetch(s->begins + 2 * places[i]);
    for (i64 i = 0; i < n; i++)
        for (i64 turned = 0; turned < 2; turned++) {
            i64 begin = s->begins[2 * places[i] + turned];
            __builtin_prefetch(s->limits + begin);
            __builtin_prefetch(p->truths + s->out + begin, 1);
        }
    for (i64 i = 0; i < n; i++)
        compare(p, s, places[i], p->numbers[s->first + places[i]]);
}

/* Most numbers are still where no truth changes: so many are looked at together. */
WIDE void against(struct program *p, const struct against *s)
{
    const double *x = p->numbers + s->first, *low = s->low, *high = s->high;
    int32_t gone[4 * TOGETHER];
    i64 stop, gone_n = 0;
    for (i64 first = 0; first < s->n; first = stop) {
        double within = 1.0; /* a number, for what is as wide as what is compared is quick */
        stop = first + TOGETHER < s->n ? first + TOGETHER : s->n;
        for (i64 i = first; i < stop; i++)
            within = (low[i] < x[i]) & (x[i] <= high[i]) ? within : 0.0;
        if (within != 0.0)
            continue;
        for (i64 i = first; i < stop; i++) {
            gone[gone_n] = (int32_t)i;
            gone_n += !(low[i] < x[i]) | !(x[i] <= high[i]);
        }
        if (gone_n >= 3 * TOGETHER)
            compare_all(p, s, gone, gone_n), gone_n = 0;
    }
    compare_all(p, s, gone, gone_n);
}

WIDE void order(struct program *p, const struct order *s)
{
    for (i64 i = 0; i < s->n; i++) {
        double l = number(s->left, p->numbers, i), r = number(s->right, p->numbers, i);
        trit truth = (trit)(s->which == 0 ? (l > r) - (l <= r) : s->which == 1 ? (l >= r) - (l < r)
                          : s->which == 2 ? (l < r) - (l >= r) : (l <= r) - (l > r));
        settle(p, s->out + i, truth);
    }
}
