#include "kernel.h"

/* Know where the results of a time stand. */
static void tell(struct recent *k, i64 now_ns, trit *out)
{
    k->latest = out;
    k->told_ns = now_ns;
    if (now_ns < k->passed_ns)
        k->due_ns = LONG_AGO;
}

/* What is told of one at a time. */
static inline trit truth_of(const struct recent *k, i64 i, i64 now_ns)
{
    i64 begin_ns = later(now_ns, k->last_ns[i]) - k->within_ns[i];
    int never = k->first_ns[i] == NEVER, true_;
    if (i >= k->stuck)
        true_ = later(k->first_ns[i], k->other_ns[i]) <= begin_ns;
    else if (i >= k->missing)
        return (never ? k->start_ns[i] : k->last_ns[i]) <= begin_ns ? 1 : -1;
    else
        true_ = k->other_ns[i] > begin_ns;
    return never ? 0 : true_ ? 1 : -1;
}

/* Know whether there is a value of all. */
static void look(struct recent *k)
{
    k->whole = 1;
    k->newest_ns = LONG_AGO;
    for (i64 i = 0; i < k->n; i++) {
        k->whole &= !isnan(k->value[i]);
        k->newest_ns = later(k->newest_ns, k->last_ns[i]);
    }
    for (i64 i = k->stuck; i < k->n; i++)
        k->floor_ns[i] = k->first_ns[i];
}

/* Know of each by itself when it changed last; of what is `missing` nobody asks. */
static inline void part(struct recent *k, i64 i)
{
    k->last_ns[i] = k->newest_ns;
    k->other_ns[i] = i >= k->missing && i < k->stuck ? LONG_AGO : k->ends[i] - k->within_ns[i];
}

/* Take any row. */
static void follow_recent(struct program *p, const struct over_rows *s, struct recent *k)
{
    i64 now_ns = p->now_ns;
    const double *row = s->scratch;
    memcpy(k->seen, row, (size_t)k->n * sizeof *row);
    for (i64 i = 0; i < k->n; i++) {
        if (k->level)
            part(k, i);
        if (!isnan(row[i])) {
            if (row[i] != k->value[i] && !isnan(k->value[i]) && (i < k->missing || i >= k->stuck))
                k->other_ns[i] = later(k->other_ns[i], k->last_ns[i]);
            k->last_ns[i] = later(k->last_ns[i], now_ns);
            if (now_ns < k->first_ns[i])
                k->first_ns[i] = now_ns;
            k->value[i] = row[i];
        }
        settle(p, s->out + i, truth_of(k, i, now_ns));
    }
    k->level = 0;
    look(k);
}

static i64 sooner(i64 due_ns, i64 since_ns, i64 within_ns, i64 now_ns)
{
    return since_ns + within_ns > now_ns && since_ns + within_ns < due_ns ? since_ns + within_ns : due_ns;
}

int recent_stands(const struct recent *k, i64 now_ns)
{
    return k->latest && k->told_ns <= now_ns && now_ns < k->due_ns;
}

/* Let time pass without a row. */
int recent_time(struct program *p, const struct over_rows *s)
{
    struct recent *k = s->keeper;
    i64 now_ns = p->now_ns, n = k->n, due_ns = NEVER;
    if (!k->begun)
        return 0;
    if (recent_stands(k, now_ns)) {
        settle_all(p, s->out, k->latest, n);
        tell(k, now_ns, p->truths + s->out);
        return 1;
    }
    for (i64 i = 0; i < n; i++) {
        i64 within_ns = k->within_ns[i];
        if (k->level)
            part(k, i);
        settle(p, s->out + i, truth_of(k, i, now_ns));
        due_ns = sooner(due_ns, k->start_ns[i], within_ns, now_ns);
        due_ns = sooner(due_ns, k->first_ns[i], within_ns, now_ns);
        due_ns = sooner(due_ns, k->last_ns[i], within_ns, now_ns);
        due_ns = sooner(due_ns, k->other_ns[i], within_ns, now_ns);
        due_ns = sooner(due_ns, now_ns, within_ns, now_ns); /* of rows that come until then */
    }
    k->passed_ns = now_ns;
    k->due_ns = due_ns;
    tell(k, now_ns, p->truths + s->out);
    return 1;
}

/* Take good readings among good ones, of cells of one function. */
INLINE void move_on(struct program *p, const struct over_rows *s, struct recent *k, i64 first, i64 n, const double *row)
{
    i64 now_ns = p->now_ns, newest_ns = k->newest_ns, *restrict ends = k->ends + first;
    const i64 *within_ns = k->within_ns + first, *last_ns = k->last_ns + first, *other_ns = k->other_ns + first;
    const i64 *floor_ns = k->floor_ns + first;
    double *restrict value = k->value + first;
    const trit *no = k->told + first, *yes = no + k->n;
    if (first >= k->missing && first < k->stuck) { /* none is, and nobody asks for more */
        memcpy(value, row, (size_t)n * sizeof *row);
        settle_all(p, s->out + first, no, n);
        return;
    }
    if (k->level)
        for (i64 i = 0; i < n; i++) {
            ends[i] = row[i] != value[i] ? newest_ns + within_ns[i] : ends[i];
            value[i] = row[i];
        }
    else
        for (i64 i = 0; i < n; i++) {
            ends[i] = (row[i] != value[i] ? last_ns[i] : later(other_ns[i], floor_ns[i])) + within_ns[i];
            value[i] = row[i];
        }
    for (i64 some = 0, end; some < n; some = end) {
        trit found[TOGETHER];
        end = some + TOGETHER < n ? some + TOGETHER : n;
        for (i64 i = some; i < end; i++) {
            trit never = no[i], ever = yes[i];
            found[i - some] = ends[i] > now_ns ? ever : never;
        }
        settle_all(p, s->out + first + some, found, end - some);
    }
}

WIDE int recent(struct program *p, const struct over_rows *s)
{
    struct recent *k = s->keeper;
    i64 now_ns = p->now_ns, n = k->n, at = 0;
    int beside = s->readings && p->clean && s->runs_n, kind = beside ? TAME_ROW : gather(p, s, n, s->scratch);
    if (kind == WILD_ROW || !k->begun)
        return 0;
    if (kind == BAD_ROW || !k->whole || now_ns < k->newest_ns) {
        gather(p, s, n, s->scratch);
        follow_recent(p, s, k);
    } else {
        for (i64 i = 0; beside && i < s->runs_n; at += s->runs[2 * i + 1], i++)
            move_on(p, s, k, at, s->runs[2 * i + 1], p->numbers + s->runs[2 * i]);
        for (i64 i = 0; !beside && i < 3; i++) {
            const i64 parts[] = {0, k->missing, k->stuck, n};
            move_on(p, s, k, parts[i], parts[i + 1] - parts[i], s->scratch + parts[i]);
        }
        k->newest_ns = now_ns;
        k->level = 1;
    }
    tell(k, now_ns, p->truths + s->out);
    return 1;
}
