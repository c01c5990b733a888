#include "kernel.h"

INLINE void joined(i64 kind, double *into, const double *first, const double *second, i64 n)
{
    if (kind == LEAST)
        for (i64 i = 0; i < n; i++)
            into[i] = second[i] < first[i] ? second[i] : first[i];
    else if (kind == MOST)
        for (i64 i = 0; i < n; i++)
            into[i] = second[i] > first[i] ? second[i] : first[i];
    else
        for (i64 i = 0; i < n; i++)
            into[i] = first[i] + second[i];
}

/* Of a spread: the distances of a row to a reading of the window, and their squares, with what there is. */
INLINE void spread(double *into, const double *before, const double *row, const double *shift, i64 n)
{
    for (i64 i = 0; i < n; i++) {
        double apart = row[i] - shift[i];
        into[i] = before[i] + apart;
        into[n + i] = before[n + i] + apart * apart;
    }
}

static i64 folds_of(const struct part *part) { return part->function == RANGE ? 2 : 1; }

/* How many numbers a row is, while a row of the window is not good, or none is. */
static i64 width(const struct part *part, i64 dirty)
{
    i64 known = dirty && (part->function == SUM || part->function == MEAN || part->function == STD);
    return part->n * ((part->function == STD ? 2 : 1) + known);
}

/* What is folded of a row: of a spread the distances to a reading of the window, and their squares. While a row of the
 * window is not good, what is not known is something that changes nothing, and what is known is counted along. */
INLINE const double *prepared(const struct part *part, const struct fold *f, const double *row, double *room)
{
    const struct glide *g = part->glide;
    i64 n = part->n, dirty = g->dirty;
    switch (part->function) {
    case STD:
        for (i64 i = 0; i < n; i++) {
            double apart = row[i] - g->shift[i];
            room[i] = apart;
            room[n + i] = apart * apart;
        }
        if (dirty)
            for (i64 i = 0; i < n; i++) {
                room[2 * n + i] = !isnan(row[i]);
                if (isnan(row[i]))
                    room[i] = room[n + i] = 0.0;
            }
        return room;
    case COUNT:
        for (i64 i = 0; i < n; i++)
            room[i] = !isnan(row[i]);
        return room;
    case SUM:
    case MEAN:
        if (!dirty)
            return row;
        for (i64 i = 0; i < n; i++) {
            room[i] = isnan(row[i]) ? 0.0 : row[i];
            room[n + i] = !isnan(row[i]);
        }
        return room;
    default:
        if (!dirty)
            return row;
        for (i64 i = 0; i < n; i++)
            room[i] = !isnan(row[i]) ? row[i] : f->join == LEAST ? (double)INFINITY : (double)-INFINITY;
        return room;
    }
}

INLINE void add(struct fold *f, const double *row, i64 n)
{
    if (f->begun)
        joined(f->join, f->since, f->since, row, n);
    else
        memcpy(f->since, row, (size_t)n * sizeof *row);
    f->begun = 1;
}

static i64 begin_of(const struct glide *g, i64 now_ns)
{
    i64 passed = now_ns - 1 - g->offset_ns, whole = passed / g->window_ns;
    return (whole - (passed % g->window_ns < 0)) * g->window_ns + g->offset_ns;
}

i64 edge_of(const struct window *w, i64 first, i64 stop, i64 begin_ns)
{
    while (first < stop) { /* the first row behind the begin */
        i64 middle = first + (stop - first) / 2;
        if (w->times[middle] <= begin_ns)
            first = middle + 1;
        else
            stop = middle;
    }
    return first;
}

/* Take the first good reading of the present stretch as that from which a spread is told; without one the last before. */
static void choose_shift(const struct window *w, const struct part *part, i64 first, i64 stop)
{
    struct glide *g = part->glide;
    g->firm = 1;
    if (!g->dirty) {
        i64 at = g->edge < stop ? g->edge : g->edge - 1;
        memcpy(g->shift, w->rows + at * w->columns + part->column, (size_t)part->n * sizeof *g->shift);
        return;
    }
    for (i64 i = 0; i < part->n; i++) {
        const double *column = w->rows + part->column + i;
        i64 at = g->edge;
        while (at < stop && isnan(column[at * w->columns]))
            at++;
        g->firm_ones[i] = at < stop;
        g->firm &= at < stop;
        if (at == stop)
            for (at = g->edge - 1; at >= first && isnan(column[at * w->columns]);)
                at--;
        g->shift[i] = at < first ? 0.0 : column[at * w->columns];
    }
}

WIDE static void rebuild(const struct window *w, const struct part *part, i64 first, i64 stop, i64 dirty, double *room)
{
    struct glide *g = part->glide;
    i64 begin_ns = begin_of(g, w->now_ns), n = width(part, dirty);
    const double *rows = w->rows + part->column;
    g->dirty = dirty;
    g->end_ns = begin_ns + g->window_ns;
    g->base = first;
    g->edge = edge_of(w, first, stop, begin_ns);
    if (part->function == STD)
        choose_shift(w, part, first, stop);
    for (i64 which = 0; which < folds_of(part); which++) {
        struct fold *f = g->folds[which];
        f->length = g->edge - first;
        f->width = n;
        for (i64 at = f->length - 1; at >= 0; at--) {
            const double *row = rows + (first + at) * w->columns, *last = f->before + (at + 1) * n;
            if (at == f->length - 1)
                memcpy(f->before + at * n, prepared(part, f, row, room), (size_t)n * sizeof *row);
            else if (part->function == STD && !dirty)
                spread(f->before + at * n, last, row, g->shift, part->n);
            else
                joined(f->join, f->before + at * n, last, prepared(part, f, row, room), n);
        }
        f->begun = 0;
        for (i64 at = g->edge; at < stop; at++)
            add(f, prepared(part, f, rows + at * w->columns, room), n);
    }
    g->steady = !dirty && (part->function != STD || g->folds[0]->begun);
}

static const double *folded(const struct fold *f, i64 place, double *room)
{
    if (place >= f->length)
        return f->since;
    if (!f->begun)
        return f->before + place * f->width;
    joined(f->join, room, f->before + place * f->width, f->since, f->width);
    return room;
}

INLINE double deviation(double sum, double squares, double count, double inverse)
{
    double apart = squares * count - sum * sum;
    return sqrt(apart < 0.0 ? 0.0 : apart) * inverse;
}

WIDE static void told(const struct part *part, i64 first, i64 stop, double *out, double *room)
{
    const struct glide *g = part->glide;
    const double *found = folded(g->folds[0], first - g->base, room);
    double count = (double)(stop - first);
    i64 n = part->n, dirty = g->dirty;
    const double *known = found + width(part, 0); /* where a row of the window is not good */
    switch (part->function) {
    case SUM:
        for (i64 i = 0; i < n; i++)
            out[i] = dirty && known[i] <= 0.0 ? (double)NAN : found[i];
        break;
    case MEAN:
        for (i64 i = 0; i < n; i++)
            out[i] = found[i] / (dirty ? known[i] : count); /* of none 0 / 0 */
        break;
    case STD:
        for (i64 i = 0; i < n; i++) {
            double of = dirty ? known[i] : count;
            out[i] = deviation(found[i], found[n + i], of, 1.0 / of);
        }
        break;
    case RANGE:
        memcpy(out, found, (size_t)n * sizeof *out);
        found = folded(g->folds[1], first - g->base, room);
        for (i64 i = 0; i < n; i++)
            out[i] = found[i] - out[i];
        break;
    default:
        memcpy(out, found, (size_t)n * sizeof *out);
    }
    if (dirty)
        for (i64 i = 0; i < n; i++)
            if (isinf(out[i]))
                out[i] = (double)NAN;
}

/* Tell whether the parts do not hold for this time, with the row that is the last. */
static int begins_anew(const struct window *w, const struct part *part, i64 now_ns, i64 stop, i64 dirty)
{
    const struct glide *g = part->glide;
    if (g->dirty != dirty || !g->end_ns || now_ns > g->end_ns || now_ns <= g->end_ns - g->window_ns)
        return 1;
    if (part->function != STD)
        return 0;
    const double *row = w->rows + (stop - 1) * w->columns + part->column;
    if (!g->firm)
        for (i64 i = 0; i < part->n; i++)
            if (!g->firm_ones[i] && !isnan(row[i])) /* the first reading of the stretch */
                return 1;
    return !g->folds[0]->begun;
}

static int is_over(const struct glide *g, i64 now_ns, i64 dirty) { return g->dirty != dirty || !g->end_ns || now_ns > g->end_ns; }

/* Tell whether there is room for the parts; `new`: the last row is. */
int fits(const struct window *w, const struct part *part, i64 first, i64 stop, i64 now_ns, i64 dirty, int new)
{
    const struct glide *g = part->glide;
    if ((part->function == COUNT && !dirty) || !(new ? begins_anew(w, part, now_ns, stop, dirty) : is_over(g, now_ns, dirty)))
        return 1;
    i64 length = edge_of(w, first, stop, begin_of(g, now_ns)) - first;
    for (i64 which = 0; which < folds_of(part); which++)
        if (length * width(part, dirty) > g->folds[which]->capacity)
            return 0;
    return 1;
}

/* Take a good row among good ones, of a stretch that has begun, and put the results into `out`, at one go. */
WIDE static void glide_on(const struct part *part, const double *restrict row, i64 place, double count, double *restrict out)
{
    const struct fold *f = part->glide->folds[0], *other = part->glide->folds[1];
    const double *restrict shift = part->glide->shift;
    const double *restrict before = place < f->length ? f->before + place * f->width : NULL;
    const double *restrict other_before = place < other->length ? other->before + place * other->width : NULL;
    double *restrict since = f->since, *restrict other_since = other->since, inverse = 1.0 / count;
    i64 n = part->n;
    switch (part->function) {
    case STD:
        for (i64 i = 0; i < n; i++) {
            double apart = row[i] - shift[i], sum = since[i] + apart, squares = since[n + i] + apart * apart;
            since[i] = sum, since[n + i] = squares;
            if (before)
                sum = before[i] + sum, squares = before[n + i] + squares;
            out[i] = deviation(sum, squares, count, inverse);
        }
        return;
    case RANGE:
        for (i64 i = 0; i < n; i++) {
            double least = row[i] < since[i] ? row[i] : since[i], most = row[i] > other_since[i] ? row[i] : other_since[i];
            since[i] = least, other_since[i] = most;
            if (before) {
                least = least < before[i] ? least : before[i];
                most = most > other_before[i] ? most : other_before[i];
            }
            out[i] = most - least;
        }
        return;
    default:
        joined(f->join, since, since, row, n);
        if (before)
            joined(f->join, out, before, since, n);
        else
            memcpy(out, since, (size_t)n * sizeof *out);
        if (part->function == MEAN)
            for (i64 i = 0; i < n; i++)
                out[i] = out[i] / count;
    }
}

/* Carry a part on to the window's last row, and put its results into `out`; `new`: the row came now. */
void fold(const struct window *w, const struct part *part, i64 first, i64 stop, i64 dirty, int new, double *out, double *room)
{
    const double *last = w->rows + (stop - 1) * w->columns + part->column;
    const struct glide *g = part->glide;
    if (new ? begins_anew(w, part, w->now_ns, stop, dirty) : is_over(g, w->now_ns, dirty))
        rebuild(w, part, first, stop, dirty, room);
    else if (new && !dirty && g->folds[0]->begun) {
        glide_on(part, last, first - g->base, (double)(stop - first), out);
        return;
    } else if (new)
        for (i64 which = 0; which < folds_of(part); which++)
            add(g->folds[which], prepared(part, g->folds[which], last, room), g->folds[which]->width);
    told(part, first, stop, out, room);
}
