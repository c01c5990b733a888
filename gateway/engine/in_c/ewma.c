#include "kernel.h"

static double weight(struct ewma *k, i64 i, i64 passed_ns)
{
    return -expm1((double)(passed_ns > 0 ? passed_ns : 0) / k->taus[k->tau_of[i]]);
}

/* Take any row; a point's first good reading is its mean. */
static void follow_ewma(struct ewma *k, const double *row, i64 now_ns)
{
    i64 level_ns = k->level_ns, before_ns = NEVER, tau = -1; /* of which `moves` is */
    double moves = 0.0;
    if (level_ns < NEVER)
        for (i64 i = 0; i < k->n; i++)
            k->last_ns[i] = level_ns;
    for (i64 i = 0; i < k->n; i++) {
        if (isnan(row[i]))
            continue;
        if (k->last_ns[i] != before_ns || k->tau_of[i] != tau)
            before_ns = k->last_ns[i], tau = k->tau_of[i], moves = weight(k, i, now_ns - before_ns);
        double start = isnan(k->value[i]) ? row[i] : k->value[i];
        k->value[i] = (row[i] - start) * moves + start;
        if (now_ns > k->last_ns[i])
            k->last_ns[i] = now_ns;
    }
    k->level_ns = NEVER + 1; /* whether all had their last reading at once is to be looked for */
}

static int is_level(struct ewma *k, i64 now_ns)
{
    if (k->level_ns > NEVER) {
        k->level_ns = k->last_ns[0];
        for (i64 i = 0; i < k->n; i++)
            if (isnan(k->value[i]) || k->last_ns[i] != k->last_ns[0]) {
                k->level_ns = NEVER;
                break;
            }
    }
    return now_ns >= k->level_ns;
}

/* Take a good row; `step`: each has a weight of its own, else all have the first. */
INLINE void move(i64 n, const double *restrict row, const double *restrict weight, i64 step, double *restrict value,
                 double *restrict out, double *restrict seen)
{
    for (i64 i = 0; i < n; i++) {
        double mean = (row[i] - value[i]) * weight[i * step] + value[i];
        value[i] = out[i] = mean;
        seen[i] = row[i];
    }
}

WIDE int ewma(struct program *p, const struct over_rows *s)
{
    struct ewma *k = s->keeper;
    double *out = p->numbers + s->out;
    i64 n = k->n, step = k->taus_n != 1;
    int kind = gather(p, s, n, s->scratch);
    if (kind == WILD_ROW)
        return 0;
    if (kind == TAME_ROW && is_level(k, p->now_ns)) {
        i64 passed_ns = p->now_ns - k->level_ns;
        if (passed_ns != k->passed_ns) {
            k->passed_ns = passed_ns;
            for (i64 i = 0; i < (step ? n : 1); i++)
                k->weight[i] = i && k->tau_of[i] == k->tau_of[i - 1] ? k->weight[i - 1] : weight(k, i, passed_ns);
        }
        if (step)
            move(n, s->scratch, k->weight, 1, k->value, out, k->seen);
        else
            move(n, s->scratch, k->weight, 0, k->value, out, k->seen);
        k->level_ns = p->now_ns;
        return 1;
    }
    follow_ewma(k, s->scratch, p->now_ns);
    memcpy(out, k->value, (size_t)n * sizeof *out);
    memcpy(k->seen, s->scratch, (size_t)n * sizeof *out);
    return 1;
}
