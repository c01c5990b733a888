#include "kernel.h"

/* The change between the first and the last good reading of those columns where the window's ends are not good. */
static void mend(const struct window *w, const struct part *part, i64 first, i64 stop, double *out)
{
    for (i64 i = 0; i < part->n; i++) {
        const double *column = w->rows + part->column + i;
        i64 from = first, to = stop - 1;
        if (!isnan(column[from * w->columns]) && !isnan(column[to * w->columns]))
            continue;
        while (from < to && isnan(column[from * w->columns]))
            from++;
        while (to > from && isnan(column[to * w->columns]))
            to--;
        double oldest = column[from * w->columns], last = column[to * w->columns];
        double passed_s = (double)(w->times[to] - w->times[from]) / 1e9;
        out[i] = part->function == FIRST ? oldest : part->function == LAST ? last
               : part->function == DELTA ? last - oldest : passed_s > 0.0 ? (last - oldest) / passed_s : (double)NAN;
    }
}

static void forget(struct glide *g) { g->end_ns = g->base = g->edge = g->steady = 0; }

/* Put a part's results into `out`; `new`: the last row is. */
static void carry_on(const struct window *w, const struct part *part, i64 first, i64 stop, i64 dirty, int new, int anew, double *out,
                     double *room)
{
    struct glide *g = part->glide;
    i64 n = part->n;
    const double *last = w->rows + (stop - 1) * w->columns + part->column, *oldest = w->rows + first * w->columns + part->column;
    double passed_s = (double)(w->times[stop - 1] - w->times[first]) / 1e9;
    switch (part->function) {
    case DELTA:
        for (i64 i = 0; i < n; i++)
            out[i] = last[i] - oldest[i];
        break;
    case RATE:
        for (i64 i = 0; i < n; i++)
            out[i] = passed_s > 0.0 ? (last[i] - oldest[i]) / passed_s : (double)NAN;
        break;
    case FIRST:
    case LAST:
        memcpy(out, part->function == FIRST ? oldest : last, (size_t)n * sizeof *out);
        break;
    case COUNT:
        if (!dirty) {
            forget(g);
            for (i64 i = 0; i < n; i++)
                out[i] = (double)(stop - first);
            return;
        }
        /* fall through */
    default:
        fold(w, part, first, stop, dirty, new, anew, out, room);
        return;
    }
    if (dirty) {
        mend(w, part, first, stop, out);
        for (i64 i = 0; i < n; i++)
            if (isinf(out[i]))
                out[i] = (double)NAN;
    }
}

/* Move the rows that are still inside the window to the front, where that makes room enough. */
static int forget_old(struct window *w)
{
    if (!w->count) /* restored without rows, nor room for any */
        return 0;
    i64 old = edge_of(w, 0, w->count, w->times[w->count - 1] - w->window_ns), kept = w->count - old;
    if (kept > old || w->capacity > 2 * (kept > 28 ? 2 * kept + kept / 4 : 64))
        return 0;
    memmove(w->times, w->times + old, (size_t)kept * sizeof *w->times);
    memmove(w->rows, w->rows + old * w->columns, (size_t)(kept * w->columns) * sizeof *w->rows);
    w->count = kept;
    w->first = w->first > old ? w->first - old : 0;
    w->dirty = w->dirty - old > -1 ? w->dirty - old : -1;
    for (i64 i = 0; i < w->parts_n; i++)
        if (w->parts[i].glide)
            w->parts[i].glide->base -= old, w->parts[i].glide->edge -= old;
    return 1;
}

int window(struct program *p, const struct over_rows *s)
{
    struct window *w = s->keeper;
    i64 now_ns = p->now_ns;
    if (now_ns < w->now_ns || (w->count == w->capacity && !forget_old(w)))
        return 0;
    int kind = gather(p, s, w->columns, w->rows + w->count * w->columns);
    i64 first = w->first, stop = w->count + 1, due_ns = w->due_ns, bad = kind == TAME_ROW ? w->dirty : w->count;
    if (kind == WILD_ROW)
        return 0;
    w->times[w->count] = now_ns;
    if (now_ns >= due_ns) {
        while (w->times[first] <= now_ns - w->window_ns)
            first++;
        due_ns = w->times[first] + w->window_ns;
    }
    i64 dirty = bad >= first;
    u64 anew = 0; /* of the parts, which are fewer */
    for (i64 i = 0; i < w->parts_n; i++) {
        int begin = begins(w, w->parts + i, first, stop, now_ns, dirty, 1);
        if (begin < 0)
            return 0;
        anew |= (u64)begin << i;
    }
    w->count = stop, w->first = first, w->due_ns = due_ns, w->now_ns = now_ns, w->dirty = bad;
    for (i64 i = 0; i < w->parts_n; i++)
        carry_on(w, w->parts + i, first, stop, dirty, 1, anew >> i & 1, p->numbers + s->out + w->parts[i].first, s->scratch);
    w->latest = p->numbers + s->out;
    return 1;
}

/* Tell whether the last results hold, to the last bit, if no row has come since. */
int window_stands(const struct window *w, i64 now_ns)
{
    if (!w->latest || now_ns >= w->due_ns)
        return 0;
    for (i64 i = 0; i < w->parts_n; i++) {
        i64 function = w->parts[i].function;
        if ((function == SUM || function == MEAN || function == STD) && now_ns > w->parts[i].glide->end_ns)
            return 0;
    }
    return 1;
}

/* Let time pass without a row. */
int window_time(struct program *p, const struct over_rows *s)
{
    struct window *w = s->keeper;
    double *out = p->numbers + s->out;
    i64 now_ns = later(p->now_ns, w->now_ns), first = w->first, stop = w->count, due_ns = w->due_ns;
    if (window_stands(w, p->now_ns)) {
        memmove(out, w->latest, (size_t)w->results_n * sizeof *out);
        w->latest = out;
        return 1;
    }
    if (now_ns >= due_ns) {
        while (first < stop && w->times[first] <= now_ns - w->window_ns)
            first++;
        due_ns = first < stop ? w->times[first] + w->window_ns : LONG_AGO;
    }
    i64 dirty = w->dirty >= first;
    u64 anew = 0;
    for (i64 i = 0; i < w->parts_n && first < stop; i++) {
        int begin = begins(w, w->parts + i, first, stop, now_ns, dirty, 0);
        if (begin < 0)
            return 0;
        anew |= (u64)begin << i;
    }
    w->first = first, w->due_ns = due_ns, w->now_ns = now_ns;
    for (i64 i = 0; i < w->parts_n; i++) {
        const struct part *part = w->parts + i;
        if (first < stop) {
            carry_on(w, part, first, stop, dirty, 0, anew >> i & 1, out + part->first, s->scratch);
            continue;
        }
        for (i64 j = 0; j < part->n; j++)
            out[part->first + j] = part->function == COUNT ? 0.0 : (double)NAN;
        if (part->glide)
            forget(part->glide);
    }
    w->latest = out;
    return 1;
}
