#include "kernel.h"

enum { MOST_TOLD = 64 }; /* changes from which on it is quicker to compare all */

/* A program that seldom runs is told that nothing counts, rather than of more than there is room for. */
static void tell_one(struct told *other, i64 place, trit truth)
{
    if (other->n == other->most) {
        other->stale = 1, other->n = 0;
        return;
    }
    other->places[other->n] = (int32_t)place;
    other->truths[other->n++] = truth;
}

/* What follows from a truth (a latch, a hold, a machine's state) is shared: who finds it otherwise than whoever looked last
 * has to look at what follows, even if it is as it was here. */
void tell_others(struct program *p, int several)
{
    const struct told *told = p->told;
    for (const struct overlap *s = p->overlaps; s < p->overlaps + p->overlaps_n; s++) {
        struct told *other = s->other;
        if (several || p->changed_n > MOST_TOLD)
            for (i64 i = 0; i < s->own_n && !other->stale; i++) {
                if (p->truths[s->own[i]] != s->other_truths[s->at_other[i]])
                    tell_one(other, s->at_other[i], p->truths[s->own[i]]);
            }
        else {
            for (i64 i = p->came_n; i < p->changed_n && !other->stale; i++)
                if (s->there[p->changed[i]] >= 0)
                    tell_one(other, s->there[p->changed[i]], p->truths[p->changed[i]]);
            for (i64 i = 0; i < told->n && !other->stale; i++)
                if (p->truths[told->places[i]] != told->truths[i] && s->there[told->places[i]] >= 0)
                    tell_one(other, s->there[told->places[i]], p->truths[told->places[i]]);
        }
    }
}
