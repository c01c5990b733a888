#include "kernel.h"

i64 edition(void) { return EDITION; }

/* The bytes of each structure that is Python's, in the order in which kernel.py has them: put in, and compared there. */
void sizes(i64 *into)
{
    const size_t all[] = {
        sizeof(struct numbers), sizeof(struct readers), sizeof(struct stage), sizeof(struct program), sizeof(struct exchange),
        sizeof(struct told), sizeof(struct overlap), sizeof(struct against), sizeof(struct order), sizeof(struct join),
        sizeof(struct not), sizeof(struct arithmetic), sizeof(struct choose), sizeof(struct hold), sizeof(struct over_rows),
        sizeof(struct latches), sizeof(struct ewma), sizeof(struct recent), sizeof(struct fold), sizeof(struct glide),
        sizeof(struct part), sizeof(struct window),
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        into[i] = (i64)all[i];
}

static int done(struct program *p, const struct stage *stage)
{
    switch (stage->kind) {
    case AGAINST: against(p, stage->of); return 1;
    case ORDER: order(p, stage->of); return 1;
    case JOIN: join(p, stage->of, stage->bit); return 1;
    case NOT: not(p, stage->of); return 1;
    case ARITHMETIC: arithmetic(p, stage->of); return 1;
    case CHOOSE: choose(p, stage->of, stage->bit); return 1;
    case HOLD: hold(p, stage->of, stage->bit); return 1;
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

static inline void keep_one(const struct program *p, const struct exchange *s, i64 place)
{
    if (wakes(p, place) & KEPT)
        s->truths[s->slot_of[place]] = p->truths[place];
}

/* Keep what others read of the last row: of truths those that changed, or that others found otherwise; `all` of them behind
 * several rows. */
static void keep(const struct program *p, const struct exchange *s, int all)
{
    for (i64 i = 0; i < s->numbers_n; i++)
        s->numbers[s->number_slots[i]] = p->numbers[s->number_places[i]];
    for (i64 i = 0; all && p->mask & KEPT && i < s->truths_n; i++)
        s->truths[s->truth_slots[i]] = p->truths[s->truth_places[i]];
    for (i64 i = 0; !all && p->mask & KEPT && i < p->changed_n; i++)
        keep_one(p, s, p->changed[i]);
    for (i64 i = 0; !all && i < p->told->n; i++)
        keep_one(p, s, p->told->places[i]);
}

/* Begin a row, with what other programs computed and told since the last. */
static void begin(struct program *p)
{
    const struct told *told = p->told;
    p->mask = told->stale ? ~(u64)0 : p->always;
    for (i64 i = 0; i < told->n; i++) {
        i64 place = told->places[i];
        p->mask |= wakes(p, place) | (p->giver[place] < p->stages_n ? p->stages[p->giver[place]].bit : 0);
        if (wakes(p, place) & RULES)
            p->changed[p->changed_n++] = (int32_t)place;
    }
    p->came_n = p->changed_n;
    take(p, p->takes);
}

static void begin_all(struct program *p) { p->changed_n = p->came_n = p->rows_n = p->turned_n = p->open = 0; }

/* Evaluate the stages from one on that are woken; return the place of one that is Python's, or how many there are. */
static i64 evaluate(struct program *p, i64 at)
{
    p->mask |= *p->earliest_ns <= p->now_ns ? p->holds : 0;
    for (; at < p->stages_n; at++) {
        const struct stage *stage = p->stages + at;
        if (!(p->mask & stage->bit))
            continue;
        p->mask |= stage->more;
        if (!done(p, stage))
            return at;
    }
    if (p->latches && p->mask & RULES && !p->told->stale)
        turn(p);
    return at;
}

/* End the last row if it is over, and return where it stopped; over: with the bits of step.py that are woken from the 8th
 * bit on, how many latches have turned from the 16th on, and in how many rows from the 40th on. */
static i64 end(struct program *p, i64 at)
{
    if (at < p->stages_n)
        return at;
    i64 woken = (i64)(p->mask & (RULES | KEPT | SHARED)) | (p->told->stale ? STALE : 0);
    keep(p, p->keeps, p->told->stale || p->rows_n > 1);
    if (p->mask & SHARED)
        tell_others(p, p->told->stale || p->rows_n > 1);
    p->told->n = p->told->stale = 0;
    return at | woken << 8 | p->turned_n << 16 | p->rows_n << 40;
}

/* Evaluate a time without a row. */
i64 time_passes(struct program *p, i64 now_ns)
{
    begin_all(p);
    p->now_ns = now_ns, p->rows_n = 1, p->clean = 0;
    begin(p);
    return end(p, evaluate(p, 0));
}

/* Go on behind a stage that was Python's. */
i64 go_on(struct program *p, i64 at) { return end(p, evaluate(p, at)); }

/* Tell whether a hold ends before a time; those that were broken end no more. */
static int holds_end(const struct program *p, i64 before_ns)
{
    if (*p->earliest_ns < before_ns)
        *p->earliest_ns = first_end(p->end_ns, p->holds_n);
    return *p->earliest_ns < before_ns;
}

/* Evaluate rows of readings [., readings_n] at `times` from one on, until a latch turns of which more is to be told than a
 * value, a stage is Python's, or a hold ends before the next. Return what `end` does; -1: the arrays are not as they were
 * thought of. */
i64 rows(struct program *p, const struct array *times, const struct array *readings, i64 first, i64 clean)
{
    i64 all_n = times->shape[0] - first, most = p->latches ? p->latches->most : 0, at;
    const i64 *mono_ns = (const i64 *)times->data + first;
    u64 woken = 0;
    if (times->dimensions != 1 || (all_n > 1 && times->strides[0] != sizeof(i64)) || !takes(readings, sizeof(double))
        || readings->shape[1] != p->readings_n || readings->shape[0] < first + all_n)
        return -1;
    begin_all(p);
    p->clean = clean;
    do {
        p->now_ns = mono_ns[p->rows_n];
        memcpy(p->numbers, readings->data + (first + p->rows_n) * readings->strides[0], (size_t)p->readings_n * sizeof(double));
        if (p->rows_n++)
            p->changed_n = p->came_n = 0, p->mask = p->always;
        else
            begin(p);
        at = evaluate(p, 0);
        woken |= p->mask & (KEPT | SHARED);
    } while (p->rows_n < all_n && at == p->stages_n && !p->told->stale && !p->open && p->turned_n <= most
             && !holds_end(p, mono_ns[p->rows_n]));
    p->mask |= woken;
    return end(p, at);
}
