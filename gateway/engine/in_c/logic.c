#include "kernel.h"

static inline trit joined(const struct program *p, const struct join *s, i64 i)
{
    const int32_t *places = s->places + i * s->depth;
    trit found = p->truths[places[0]];
    for (i64 depth = 1; depth < s->depth; depth++) {
        trit other = p->truths[places[depth]];
        found = (s->least ? other < found : other > found) ? other : found;
    }
    return found;
}

/* Few truths change in a row: those that read them are looked at, unless nothing of the last row counts. */
void join(struct program *p, const struct join *s, u64 bit)
{
    i64 changed_n = p->changed_n;
    for (i64 i = 0; p->told->stale && i < s->n; i++)
        settle(p, s->out + i, joined(p, s, i));
    for (i64 i = 0; !p->told->stale && i < changed_n; i++) {
        const int32_t *first = s->first + p->changed[i];
        if (!(wakes(p, p->changed[i]) & bit))
            continue;
        for (i64 at = first[0]; at < first[1]; at++)
            settle(p, s->out + s->readers[at], joined(p, s, s->readers[at]));
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

void choose(struct program *p, const struct choose *s)
{
    double *out = p->numbers + s->out;
    for (i64 i = 0; i < s->n; i++) {
        trit truth = p->truths[s->truths[i]];
        out[i] = !truth ? (double)NAN : number(truth > 0 ? s->then : s->other, p->numbers, i);
    }
}

void hold(struct program *p, const struct hold *s)
{
    int kept = 1;
    i64 first = NEVER;
    for (i64 i = 0; i < s->n; i++) {
        trit truth = p->truths[s->truths[i]];
        i64 *end = s->end_ns + s->places[i], was = *end;
        i64 ends = truth != 1 ? NEVER : was == NEVER ? p->now_ns + s->duration_ns[i] : was;
        if (ends <= p->now_ns)
            ends = LONG_AGO;
        else if (truth == 1)
            truth = -1;
        if (ends != LONG_AGO && ends < first)
            first = ends;
        if (ends != was)
            *end = ends, kept = 0;
        settle(p, s->out + i, truth);
    }
    if (!kept && first < *s->earliest_ns)
        *s->earliest_ns = first;
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
