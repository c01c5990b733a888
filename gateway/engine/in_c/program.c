#include "kernel.h"

i64 edition(void) { return EDITION; }

/* The bytes of each structure that is Python's, in the order in which kernel.py has them: put in, and compared there. */
void sizes(i64 *into)
{
    const size_t all[] = {
        sizeof(struct numbers), sizeof(struct stage), sizeof(struct program), sizeof(struct exchange),
        sizeof(struct against), sizeof(struct order), sizeof(struct join), sizeof(struct not), sizeof(struct arithmetic),
        sizeof(struct choose), sizeof(struct hold), sizeof(struct over_rows), sizeof(struct latches), sizeof(struct ewma),
        sizeof(struct recent), sizeof(struct fold), sizeof(struct glide), sizeof(struct part), sizeof(struct window),
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        into[i] = (i64)all[i];
}

static int done(struct program *p, const struct stage *stage)
{
    switch (stage->kind) {
    case AGAINST: against(p, stage->of); return 1;
    case ORDER: order(p, stage->of); return 1;
    case JOIN: join(p, stage->of); return 1;
    case NOT: not(p, stage->of); return 1;
    case ARITHMETIC: arithmetic(p, stage->of); return 1;
    case CHOOSE: choose(p, stage->of); return 1;
    case HOLD: hold(p, stage->of); return 1;
    case EWMA: return ewma(p, stage->of);
    case RECENT: return recent(p, stage->of);
    case WINDOW: return window(p, stage->of);
    case RECENT_TIME: return recent_time(p, stage->of);
    case WINDOW_TIME: return window_time(p, stage->of);
    }
    return 0;
}

/* Tell whether a time without a row changes nothing of what windows and recents told last. */
i64 stands(const struct program *p, i64 now_ns)
{
    for (const struct stage *s = p->stages; s < p->stages + p->stages_n; s++) {
        const struct over_rows *of = s->of;
        if ((s->kind == RECENT_TIME && !recent_stands(of->keeper, now_ns))
            || (s->kind == WINDOW_TIME && !window_stands(of->keeper, now_ns)))
            return 0;
    }
    return 1;
}

static void take(struct program *p, const struct exchange *s)
{
    for (i64 i = 0; i < s->numbers_n; i++)
        p->numbers[s->number_places[i]] = s->numbers[s->number_slots[i]];
    for (i64 i = 0; i < s->truths_n; i++)
        settle(p, s->truth_places[i], s->truths[s->truth_slots[i]]);
}

static void keep(const struct program *p, const struct exchange *s)
{
    for (i64 i = 0; i < s->numbers_n; i++)
        s->numbers[s->number_slots[i]] = p->numbers[s->number_places[i]];
    for (i64 i = 0; p->mask & KEPT && i < s->truths_n; i++)
        s->truths[s->truth_slots[i]] = p->truths[s->truth_places[i]];
}

/* Evaluate the stages from one on that are woken; return the place of one that is Python's, or how many there are. */
static i64 go_on(struct program *p, i64 at)
{
    for (; at < p->stages_n; at++) {
        const struct stage *stage = p->stages + at;
        if (!(p->mask & stage->bit))
            continue;
        p->mask |= stage->more;
        if (!done(p, stage))
            return at;
    }
    return at;
}

/* Do the same of one row, from the first stage on with what other programs computed, and let them have the last's. */
i64 row(struct program *p, i64 at)
{
    if (!at)
        take(p, p->takes);
    at = go_on(p, at);
    if (at == p->stages_n)
        keep(p, p->keeps);
    return at;
}

/* Evaluate rows of readings [., readings_n] until a latch turns of which more is to be told than a value, a stage is
 * Python's, or a hold ends before the next. Return how many were begun; `*place` is where the last one stopped, as `row`
 * does, `*turned_n` how many latches turned in rows that did not. */
i64 rows(struct program *p, const i64 *mono_ns, const double *readings, i64 rows_n, i64 *place, i64 *turned_n)
{
    struct turned turned = {0, 0};
    u64 woken = 0;
    i64 done_n = 0, most = p->latches ? p->latches->most : 0;
    *place = p->stages_n;
    while (done_n < rows_n && *place == p->stages_n && !turned.open && turned.n <= most && *p->earliest_ns >= mono_ns[done_n]) {
        p->now_ns = mono_ns[done_n];
        p->mask = p->always | (*p->earliest_ns == p->now_ns ? p->holds : 0);
        p->changed_n = 0;
        memcpy(p->numbers, readings + done_n * p->readings_n, (size_t)p->readings_n * sizeof *readings);
        *place = go_on(p, 0);
        if (p->latches && *place == p->stages_n && p->mask & RULES)
            turn(p->latches, p->truths, p->numbers, p->changed, p->changed_n, done_n, &turned);
        woken |= p->mask;
        done_n++;
    }
    p->mask |= woken & (KEPT | SHARED);
    if (*place == p->stages_n)
        keep(p, p->keeps);
    *turned_n = turned.n;
    return done_n;
}
