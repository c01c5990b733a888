#include "kernel.h"

/* Few truths change in a row. Put into `which` whom of a stage's n these make be looked at, and return how many that are: all
 * where nothing of the last row counts, or where that is not known. */
static i64 looked_at(const struct program *p, const struct readers *readers, u64 bit, i64 n, int32_t *which)
{
    i64 found = 0;
    if (p->told->stale || !readers->first) {
        for (; found < n; found++)
            which[found] = (int32_t)found;
        return found;
    }
    for (i64 i = p->came_n; i < p->changed_n; i++) { /* each once: before, there may be the same */
        const int32_t *first = readers->first + p->changed[i];
        if (wakes(p, p->changed[i]) & bit)
            for (i64 at = first[0]; at < first[1]; at++)
                which[found++] = readers->of[at];
    }
    return found;
}

void join(struct program *p, const struct join *s, u64 bit)
{
    i64 n = looked_at(p, &s->readers, bit, s->n, s->readers.which);
    for (i64 k = 0; k < n; k++) {
        i64 i = s->readers.which[k];
        const int32_t *places = s->places + i * s->depth;
        trit found = p->truths[places[0]];
        for (i64 depth = 1; depth < s->depth; depth++) {
            trit other = p->truths[places[depth]];
            found = (s->least ? other < found : other > found) ? other : found;
        }
        settle(p, s->out + i, found);
    }
}

void not(struct program *p, const struct not *s)
{
    for (i64 i = 0; i < s->n; i++)
        settle(p, s->out + i, (trit)-p->truths[s->places[i]]);
}

WIDE void arithmetic(struct program *p, const struct arithmetic *s)
{
    double *out = p->numbers + s->out;
    for (i64 i = 0; i < s->n; i++) {
        double l = number(s->left, p->numbers, i), r = number(s->right, p->numbers, i);
        double found = s->which == 0 ? l + r : s->which == 1 ? l - r : l * r;
        out[i] = isinf(found) ? (double)NAN : found;
    }
}

void choose(struct program *p, const struct choose *s, u64 bit)
{
    double *out = p->numbers + s->out;
    i64 n = looked_at(p, &s->readers, bit, s->n, s->readers.which);
    for (i64 k = 0; k < n; k++) {
        i64 i = s->readers.which[k];
        trit truth = p->truths[s->truths[i]];
        out[i] = !truth ? (double)NAN : number(truth > 0 ? s->then : s->other, p->numbers, i);
    }
}

void hold(struct program *p, const struct hold *s, u64 bit)
{
    const struct readers all = {NULL, NULL, NULL};
    int by_truths = *s->earliest_ns > p->now_ns && !p->told->n; /* not by time, nor by what another program did */
    i64 n = looked_at(p, by_truths ? &s->readers : &all, bit, s->n, s->readers.which);
    for (i64 k = 0; k < n; k++) {
        i64 i = s->readers.which[k];
        trit truth = p->truths[s->truths[i]];
        i64 *end = s->end_ns + s->places[i], was = *end;
        i64 ends = truth != 1 ? NEVER : was == NEVER ? p->now_ns + s->duration_ns[i] : was;
        if (ends <= p->now_ns)
            ends = LONG_AGO;
        else if (truth == 1)
            truth = -1;
        if (ends != LONG_AGO && ends < *s->earliest_ns)
            *s->earliest_ns = ends;
        *end = ends;
        settle(p, s->out + i, truth);
    }
}

i64 first_end(const i64 *end_ns, i64 n)
{
    i64 first = NEVER;
    for (i64 i = 0; i < n; i++)
        first = end_ns[i] != LONG_AGO && end_ns[i] < first ? end_ns[i] : first;
    return first;
}

/* Tell when the first of some holds ends. */
i64 first_end_of(const struct array *end_ns, const struct array *places)
{
    i64 first = NEVER, ends;
    for (i64 i = 0; i < places->shape[0]; i++) {
        ends = first_end((const i64 *)end_ns->data + ((const i64 *)places->data)[i], 1);
        first = ends < first ? ends : first;
    }
    return first;
}
