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

/* Take any row. */
static void follow_recent(struct program *p, const struct over_rows *s, struct recent *k)
{
    i64 now_ns = p->now_ns;
    const double *row = s->scratch;
    for (i64 i = 0; i < k->n; i++) {
        if (k->level)
            k->last_ns[i] = k->newest_ns, k->other_ns[i] = k->ends[i] - k->within_ns[i];
        if (!isnan(row[i])) {
            if (row[i] != k->value[i] && !isnan(k->value[i]))
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
    if (k->start_ns[0] == NEVER)
        return 0;
    if (recent_stands(k, now_ns)) {
        settle_all(p, s->out, k->latest, n);
        tell(k, now_ns, p->truths + s->out);
        return 1;
    }
    for (i64 i = 0; i < n; i++) {
        i64 within_ns = k->within_ns[i];
        if (k->level)
            k->last_ns[i] = k->newest_ns, k->other_ns[i] = k->ends[i] - within_ns;
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

WIDE int recent(struct program *p, const struct over_rows *s)
{
    struct recent *k = s->keeper;
    i64 now_ns = p->now_ns, n = k->n, newest_ns = k->newest_ns, *restrict ends = k->ends;
    const i64 *within_ns = k->within_ns;
    double *restrict value = k->value;
    const double *row = s->scratch;
    int kind = gather(p, s, n, s->scratch);
    if (kind == WILD_ROW || k->start_ns[0] == NEVER)
        return 0;
    memcpy(k->seen, row, (size_t)n * sizeof *row);
    if (kind == BAD_ROW || !k->whole || now_ns < newest_ns) {
        follow_recent(p, s, k);
        tell(k, now_ns, p->truths + s->out);
        return 1;
    }
    if (!k->level)
        for (i64 i = 0; i < n; i++)
            ends[i] = (row[i] != value[i] ? k->last_ns[i] : later(k->other_ns[i], k->floor_ns[i])) + within_ns[i];
    else
        for (i64 i = 0; i < n; i++)
            ends[i] = row[i] != value[i] ? newest_ns + within_ns[i] : ends[i];
    memcpy(value, row, (size_t)n * sizeof *row);
    const trit *told = k->told;
    i64 stop;
    for (i64 first = 0; first < n; first = stop) {
        trit found[TOGETHER];
        stop = first + TOGETHER < n ? first + TOGETHER : n;
        for (i64 i = first; i < stop; i++) {
            trit no = told[i], yes = told[n + i];
            found[i - first] = ends[i] > now_ns ? yes : no;
        }
        settle_all(p, s->out + first, found, stop - first);
    }
    k->newest_ns = now_ns;
    k->level = 1;
    tell(k, now_ns, p->truths + s->out);
    return 1;
}
