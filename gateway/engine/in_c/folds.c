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

/* Of a spread what `prepared` and `joined` do, at one go. */
INLINE void spread(double *into, const double *before, const double *row, const double *shift, i64 dirty, i64 n)
{
    for (i64 i = 0; i < n; i++) {
        int known = !dirty || row[i] == row[i];
        double apart = known ? row[i] - shift[i] : 0.0;
        into[i] = before[i] + apart;
        into[n + i] = before[n + i] + apart * apart;
        if (dirty)
            into[2 * n + i] = before[2 * n + i] + (known ? 1.0 : 0.0);
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
INLINE const double *prepared(const struct part *part, const struct fold *f, const double *row, i64 dirty, double *room)
{
    const double *shift = part->glide->shift, nothing = f->join == LEAST ? (double)INFINITY : -(double)INFINITY;
    i64 n = part->n;
    switch (part->function) {
    case STD:
        for (i64 i = 0; i < n; i++) {
            double apart = !dirty || row[i] == row[i] ? row[i] - shift[i] : 0.0;
            room[i] = apart;
            room[n + i] = apart * apart;
        }
        for (i64 i = 0; dirty && i < n; i++)
            room[2 * n + i] = row[i] == row[i] ? 1.0 : 0.0;
        return room;
    case COUNT:
        for (i64 i = 0; i < n; i++)
            room[i] = row[i] == row[i] ? 1.0 : 0.0;
        return room;
    case SUM:
    case MEAN:
        for (i64 i = 0; dirty && i < n; i++) {
            room[i] = row[i] == row[i] ? row[i] : 0.0;
            room[n + i] = row[i] == row[i] ? 1.0 : 0.0;
        }
        return dirty ? room : row;
    default:
        for (i64 i = 0; dirty && i < n; i++)
            room[i] = row[i] == row[i] ? row[i] : nothing;
        return dirty ? room : row;
    }
}

/* Put a row that is folded with the one behind it into `into`: what `prepared` and `joined` do, at one go where that counts. */
INLINE void follow(const struct part *part, const struct fold *f, double *into, const double *last, const double *row, i64 dirty,
                   double *room)
{
    i64 n = part->n;
    if (part->function == STD && dirty)
        spread(into, last, row, part->glide->shift, 1, n);
    else if (part->function == STD)
        spread(into, last, row, part->glide->shift, 0, n);
    else if (part->function == COUNT)
        for (i64 i = 0; i < n; i++)
            into[i] = last[i] + (row[i] == row[i] ? 1.0 : 0.0);
    else
        joined(f->join, into, last, prepared(part, f, row, dirty, room), f->width);
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
                memcpy(f->before + at * n, prepared(part, f, row, dirty, room), (size_t)n * sizeof *row);
            else
                follow(part, f, f->before + at * n, last, row, dirty, room);
        }
        f->begun = 0;
        for (i64 at = g->edge; at < stop; at++)
            add(f, prepared(part, f, rows + at * w->columns, dirty, room), n);
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

static int is_over(const struct glide *g, i64 now_ns, i64 dirty) { return g->dirty != dirty || !g->end_ns || now_ns > g->end_ns; }

/* Tell whether the parts do not hold for this time, with the row that is the last. */
WIDE static int begins_anew(const struct window *w, const struct part *part, i64 now_ns, i64 stop, i64 dirty)
{
    const struct glide *g = part->glide;
    if (is_over(g, now_ns, dirty) || now_ns <= g->end_ns - g->window_ns)
        return 1;
    if (part->function != STD)
        return 0;
    const double *row = w->rows + (stop - 1) * w->columns + part->column;
    int firms = 0;
    for (i64 i = 0; !g->firm && i < part->n; i++)
        firms |= !g->firm_ones[i] & (row[i] == row[i]); /* the first reading of the stretch */
    return firms || !g->folds[0]->begun;
}

/* Tell whether a part begins anew: 1, or 0; -1 where there is no room for that. `new`: the last row came now. */
int begins(const struct window *w, const struct part *part, i64 first, i64 stop, i64 now_ns, i64 dirty, int new)
{
    const struct glide *g = part->glide;
    if (!g || (part->function == COUNT && !dirty) || !(new ? begins_anew(w, part, now_ns, stop, dirty) : is_over(g, now_ns, dirty)))
        return 0;
    i64 length = edge_of(w, first, stop, begin_of(g, now_ns)) - first;
    for (i64 which = 0; which < folds_of(part); which++)
        if (length * width(part, dirty) > g->folds[which]->capacity)
            return -1;
    return 1;
}

/* Take a row of a stretch that has begun, and put the results into `out`, at one go: what `prepared`, `add` and `told` do. */
INLINE void glide_on(const struct part *part, const double *restrict row, i64 place, double count, i64 dirty, double *restrict out)
{
    const struct fold *f = part->glide->folds[0], *other = part->glide->folds[1];
    const double *restrict shift = part->glide->shift;
    const double *restrict before = place < f->length ? f->before + place * f->width : NULL;
    const double *restrict other_before = place < other->length ? other->before + place * other->width : NULL;
    double *restrict since = f->since, *restrict other_since = other->since, inverse = 1.0 / count;
    i64 n = part->n, known_at = width(part, 0);
    double infinite = (double)INFINITY;
    switch (part->function) {
    case STD:
        for (i64 i = 0; i < n; i++) {
            int known = !dirty || row[i] == row[i];
            double apart = known ? row[i] - shift[i] : 0.0, sum = since[i] + apart, squares = since[n + i] + apart * apart;
            double of = count;
            since[i] = sum, since[n + i] = squares;
            if (dirty)
                of = since[known_at + i] += known ? 1.0 : 0.0;
            if (before)
                sum = before[i] + sum, squares = before[n + i] + squares;
            if (before && dirty)
                of = before[known_at + i] + of;
            out[i] = deviation(sum, squares, of, dirty ? 1.0 / of : inverse);
        }
        break;
    case RANGE:
        for (i64 i = 0; i < n; i++) {
            int known = !dirty || row[i] == row[i];
            double low = known ? row[i] : infinite, high = known ? row[i] : -infinite;
            double least = low < since[i] ? low : since[i], most = high > other_since[i] ? high : other_since[i];
            since[i] = least, other_since[i] = most;
            if (before) {
                least = least < before[i] ? least : before[i];
                most = most > other_before[i] ? most : other_before[i];
            }
            out[i] = most - least;
        }
        break;
    case MEAN:
    case SUM:
        for (i64 i = 0; i < n; i++) {
            int known = !dirty || row[i] == row[i];
            double sum = since[i] + (known ? row[i] : 0.0), of = count;
            since[i] = sum;
            if (dirty)
                of = since[known_at + i] += known ? 1.0 : 0.0;
            if (before)
                sum = before[i] + sum;
            if (before && dirty)
                of = before[known_at + i] + of;
            out[i] = part->function == MEAN ? sum / of : of > 0.0 ? sum : (double)NAN;
        }
        break;
    }
    for (i64 i = 0; dirty && i < n; i++)
        out[i] = isinf(out[i]) ? (double)NAN : out[i];
}

WIDE static void glide(const struct part *part, const double *row, i64 place, double count, i64 dirty, double *out)
{
    if (dirty)
        glide_on(part, row, place, count, 1, out);
    else
        glide_on(part, row, place, count, 0, out);
}

/* Carry a part on to the window's last row, and put its results into `out`; `new`: the row came now. */
void fold(const struct window *w, const struct part *part, i64 first, i64 stop, i64 dirty, int new, int anew, double *out,
          double *room)
{
    const double *last = w->rows + (stop - 1) * w->columns + part->column;
    const struct glide *g = part->glide;
    int at_one_go = part->function == STD || part->function == RANGE || part->function == MEAN || part->function == SUM;
    if (anew)
        rebuild(w, part, first, stop, dirty, room);
    else if (new && at_one_go && g->folds[0]->begun) {
        glide(part, last, first - g->base, (double)(stop - first), dirty, out);
        return;
    } else if (new)
        for (i64 which = 0; which < folds_of(part); which++)
            add(g->folds[which], prepared(part, g->folds[which], last, dirty, room), g->folds[which]->width);
    told(part, first, stop, out, room);
}
