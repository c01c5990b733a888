/* Single rows, stage by stage, without a call between them: what the steps of Python do, operation for operation, so that
 * the bits are the same (hence -ffp-contract=off). No memory of its own: arrays and structures are Python's, laid out in
 * kernel.py. A stage that is not here, or for which a row is out of the ordinary, is left to Python: `row` returns its
 * place and goes on behind it when it is called again. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#ifndef EDITION
#define EDITION 8 /* of the structures, as in kernel.py */
#endif
#define NEVER ((i64)1 << 62)
#define LONG_AGO (-((i64)1 << 62))
#define TAME 1e280
#define BAD 16 /* the first bad quality */
enum { RULES = 1, KEPT = 2, SHARED = 4 }; /* bits of step.py */

/* The loops that a row spends its time in are there twice where a processor may have wider registers. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

typedef int64_t i64;
typedef uint64_t u64;
typedef int8_t trit; /* -1 false, 0 unknown, 1 true */

enum { PYTHON, AGAINST, ORDER, JOIN, NOT, ARITHMETIC, CHOOSE, HOLD, EWMA, RECENT, WINDOW, RECENT_TIME, WINDOW_TIME };
enum { COUNT, SUM, MEAN, STD, LEAST, MOST, RANGE, DELTA, RATE, FIRST, LAST };

struct stage { i64 kind; u64 bit, more; const void *of; };
struct latches {
    i64 plain, most; const int32_t *first, *readers; const i64 *when, *until, *rules; trit *active;
    const int32_t *values; int32_t *flipped, *flipped_row; double *flipped_value; /* there is room for `most` */
};
struct exchange { /* where numbers and truths stand in a program's row, and their slots in what programs share */
    i64 numbers_n, truths_n; const i64 *number_places, *number_slots, *truth_places, *truth_slots;
    double *numbers; trit *truths;
};
enum { NO_VALUE = -1, MORE_VALUES = -2 }; /* instead of a place among the numbers */
struct program {
    i64 stages_n, now_ns, clean; u64 mask; i64 changed_n;
    const struct stage *stages; double *numbers; trit *truths; const u64 *wakes; int32_t *changed;
    u64 always, holds; const i64 *earliest_ns; i64 readings_n; const struct latches *latches;
    const struct exchange *takes, *keeps; /* of what others computed, and what others read */
};
struct numbers { const i64 *places; const double *constants; }; /* one of them */
struct against { i64 first, n, out; const int32_t *begins; const double *limits; double *low, *high; }; /* of n numbers */
struct order { i64 n, which, out; struct numbers left, right; };
struct join { i64 n, depth, least, out; const i64 *places; };
struct not { i64 n, out; const i64 *places; };
struct arithmetic { i64 n, which, out; struct numbers left, right; };
struct choose { i64 n, out; const i64 *truths; struct numbers then, other; };
struct hold { i64 n, out; const i64 *truths, *places; const i64 *duration_ns; i64 *end_ns, *earliest_ns; };
struct ewma {
    i64 level_ns, passed_ns, n, taus_n;
    double *value, *seen, *weight; const double *taus; const i64 *tau_of; i64 *last_ns;
};
struct recent {
    i64 whole, level, newest_ns, n, stuck; /* from this place on they are `stuck`, and from `missing` on `missing` */
    i64 missing; double *value, *seen; const i64 *within_ns; i64 *last_ns, *other_ns, *floor_ns, *ends, *start_ns, *first_ns;
    const trit *told; trit *latest; i64 told_ns, due_ns, passed_ns; /* time alone changes `latest` at `due_ns` */
};
struct fold { i64 begun, length, width, capacity, join; double *before, *since; };
struct glide {
    i64 end_ns, base, edge, dirty, steady, firm, window_ns, offset_ns;
    double *shift; trit *firm_ones; struct fold *folds[2];
};
struct part { i64 function, first, n; struct glide *glide; };
struct window {
    i64 count, first, now_ns, dirty, due_ns, capacity, columns, window_ns, parts_n;
    i64 *times; double *rows; const struct part *parts; double *latest; /* the last results, where they stand */
};
struct over_rows { void *keeper; i64 out, readings; const i64 *places; double *scratch; };


static inline double number(struct numbers of, const double *numbers, i64 i)
{
    return of.places ? numbers[of.places[i]] : of.constants[i];
}

static inline void settle(struct program *p, i64 place, trit truth)
{
    if (p->truths[place] == truth)
        return;
    p->truths[place] = truth;
    p->changed[p->changed_n++] = (int32_t)place;
    p->mask |= p->wakes[place];
}

#define TOGETHER 32

/* Most truths are as they were: so many are looked at together. */
static inline void settle_all(struct program *p, i64 place, const trit *truths, i64 n)
{
    if (memcmp(p->truths + place, truths, (size_t)n))
        for (i64 i = 0; i < n; i++)
            settle(p, place + i, truths[i]);
}

/* Compare a number with its constants, and know between which of them no truth of these would be another: above `low`, not
 * above `high`. While it is not known, nor are they. */
static void compare(struct program *p, const struct against *s, i64 at, double x)
{
    double low = isnan(x) ? x : (double)-INFINITY, high = isnan(x) ? x : (double)INFINITY;
    if (isnan(x) && isnan(s->low[at]))
        return;
    for (i64 turned = 0; turned < 2; turned++)
        for (i64 i = s->begins[2 * at + turned]; i < s->begins[2 * at + 2 + turned]; i++) {
            double limit = s->limits[i];
            trit above = (trit)((x > limit) - (x <= limit));
            if (above > 0 && limit > low)
                low = limit;
            if (above < 0 && limit < high)
                high = limit;
            settle(p, s->out + i, turned ? (trit)-above : above);
        }
    s->low[at] = low, s->high[at] = high;
}

/* Compare so many numbers. What that reads lies far apart, so it is asked for together. */
static void compare_all(struct program *p, const struct against *s, const int32_t *places, i64 n)
{
    for (i64 i = 0; i < n; i++)
        __builtin_prefetch(s->begins + 2 * places[i]);
    for (i64 i = 0; i < n; i++)
        for (i64 turned = 0; turned < 2; turned++) {
            i64 begin = s->begins[2 * places[i] + turned];
            __builtin_prefetch(s->limits + begin);
            __builtin_prefetch(p->truths + s->out + begin, 1);
        }
    for (i64 i = 0; i < n; i++)
        compare(p, s, places[i], p->numbers[s->first + places[i]]);
}

/* Most numbers are still where no truth changes: so many are looked at together. */
WIDE static void against(struct program *p, const struct against *s)
{
    const double *x = p->numbers + s->first, *low = s->low, *high = s->high;
    int32_t gone[4 * TOGETHER];
    i64 stop, gone_n = 0;
    for (i64 first = 0; first < s->n; first = stop) {
        double within = 1.0; /* a number, for what is as wide as what is compared is quick */
        stop = first + TOGETHER < s->n ? first + TOGETHER : s->n;
        for (i64 i = first; i < stop; i++)
            within = (low[i] < x[i]) & (x[i] <= high[i]) ? within : 0.0;
        if (within != 0.0)
            continue;
        for (i64 i = first; i < stop; i++) {
            gone[gone_n] = (int32_t)i;
            gone_n += !(low[i] < x[i]) | !(x[i] <= high[i]);
        }
        if (gone_n >= 3 * TOGETHER)
            compare_all(p, s, gone, gone_n), gone_n = 0;
    }
    compare_all(p, s, gone, gone_n);
}

WIDE static void order(struct program *p, const struct order *s)
{
    for (i64 i = 0; i < s->n; i++) {
        double l = number(s->left, p->numbers, i), r = number(s->right, p->numbers, i);
        trit truth = (trit)(s->which == 0 ? (l > r) - (l <= r) : s->which == 1 ? (l >= r) - (l < r)
                          : s->which == 2 ? (l < r) - (l >= r) : (l <= r) - (l > r));
        settle(p, s->out + i, truth);
    }
}

static void join(struct program *p, const struct join *s)
{
    for (i64 i = 0; i < s->n; i++) {
        trit found = p->truths[s->places[i]];
        for (i64 depth = 1; depth < s->depth; depth++) {
            trit other = p->truths[s->places[depth * s->n + i]];
            if (s->least ? other < found : other > found)
                found = other;
        }
        settle(p, s->out + i, found);
    }
}

static void not(struct program *p, const struct not *s)
{
    for (i64 i = 0; i < s->n; i++)
        settle(p, s->out + i, (trit)-p->truths[s->places[i]]);
}

WIDE static void arithmetic(struct program *p, const struct arithmetic *s)
{
    double *out = p->numbers + s->out;
    for (i64 i = 0; i < s->n; i++) {
        double l = number(s->left, p->numbers, i), r = number(s->right, p->numbers, i);
        double found = s->which == 0 ? l + r : s->which == 1 ? l - r : l * r;
        out[i] = isinf(found) ? (double)NAN : found;
    }
}

static void choose(struct program *p, const struct choose *s)
{
    double *out = p->numbers + s->out;
    for (i64 i = 0; i < s->n; i++) {
        trit truth = p->truths[s->truths[i]];
        out[i] = !truth ? (double)NAN : number(truth > 0 ? s->then : s->other, p->numbers, i);
    }
}

static void hold(struct program *p, const struct hold *s)
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

enum { TAME_ROW, BAD_ROW, WILD_ROW }; /* all are numbers of which squares are numbers; some are not known; some are larger */

/* Put a row's readings into `row`. */
WIDE static int gather(const struct program *p, const struct over_rows *s, i64 n, double *row)
{
    const double *numbers = p->numbers;
    const i64 *places = s->places;
    double squares[4] = {0.0, 0.0, 0.0, 0.0}; /* side by side: one sum would wait for itself */
    i64 i = 0;
    for (; i + 4 <= n; i += 4)
        for (i64 j = 0; j < 4; j++) {
            double x = numbers[places[i + j]];
            row[i + j] = x;
            squares[j] += x * x;
        }
    for (; i < n; i++) {
        row[i] = numbers[places[i]];
        squares[0] += row[i] * row[i];
    }
    double total = squares[0] + squares[1] + squares[2] + squares[3];
    if ((s->readings && p->clean) || total < TAME)
        return TAME_ROW;
    for (i = 0, total = 0.0; i < n; i++)
        total += isnan(row[i]) ? 0.0 : row[i] * row[i];
    return total < TAME ? BAD_ROW : WILD_ROW;
}

static double weight(struct ewma *k, i64 i, i64 passed_ns)
{
    return -expm1((double)(passed_ns > 0 ? passed_ns : 0) / k->taus[k->tau_of[i]]);
}

/* Take any row; a point's first good reading is its mean. */
static void follow_ewma(struct ewma *k, const double *row, i64 now_ns)
{
    i64 level_ns = k->level_ns, before_ns = NEVER;
    double moves = 0.0;
    if (level_ns < NEVER)
        for (i64 i = 0; i < k->n; i++)
            k->last_ns[i] = level_ns;
    for (i64 i = 0; i < k->n; i++) {
        if (isnan(row[i]))
            continue;
        if (k->last_ns[i] != before_ns || !i || k->tau_of[i] != k->tau_of[i - 1])
            before_ns = k->last_ns[i], moves = weight(k, i, now_ns - before_ns);
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

WIDE static int ewma(struct program *p, const struct over_rows *s)
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
        double *restrict value = k->value;
        const double *row = s->scratch, *moves = k->weight;
        for (i64 i = 0; i < n; i++)
            value[i] = (row[i] - value[i]) * moves[i * step] + value[i];
        k->level_ns = p->now_ns;
    } else
        follow_ewma(k, s->scratch, p->now_ns);
    memcpy(out, k->value, (size_t)n * sizeof *out);
    memcpy(k->seen, s->scratch, (size_t)n * sizeof *out);
    return 1;
}

static i64 later(i64 first, i64 second) { return first > second ? first : second; }

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

static int recent_stands(const struct recent *k, i64 now_ns)
{
    return k->latest && k->told_ns <= now_ns && now_ns < k->due_ns;
}

/* Let time pass without a row. */
static int recent_time(struct program *p, const struct over_rows *s)
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

WIDE static int recent(struct program *p, const struct over_rows *s)
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

WIDE static void joined(i64 kind, double *into, const double *first, const double *second, i64 n)
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

static i64 folds_of(const struct part *part) { return part->function == RANGE ? 2 : 1; }

/* How many numbers a row is, while a row of the window is not good, or none is. */
static i64 width(const struct part *part, i64 dirty)
{
    i64 known = dirty && (part->function == SUM || part->function == MEAN || part->function == STD);
    return part->n * ((part->function == STD ? 2 : 1) + known);
}

/* What is folded of a row: of a spread the distances to a reading of the window, and their squares. While a row of the
 * window is not good, what is not known is something that changes nothing, and what is known is counted along. */
static const double *prepared(const struct part *part, const struct fold *f, const double *row, double *room)
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

static void add(struct fold *f, const double *row, i64 n)
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

static i64 edge_of(const struct window *w, i64 first, i64 stop, i64 begin_ns)
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
    for (i64 i = 0; i < part->n; i++) {
        const double *column = w->rows + part->first + i;
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
    if (!g->dirty)
        g->firm = 1;
}

static void rebuild(const struct window *w, const struct part *part, i64 first, i64 stop, i64 dirty, double *room)
{
    struct glide *g = part->glide;
    i64 begin_ns = begin_of(g, w->now_ns), n = width(part, dirty);
    const double *rows = w->rows + part->first;
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
            const double *row = prepared(part, f, rows + (first + at) * w->columns, room);
            if (at == f->length - 1)
                memcpy(f->before + at * n, row, (size_t)n * sizeof *row);
            else
                joined(f->join, f->before + at * n, f->before + (at + 1) * n, row, n);
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
            double of = dirty ? known[i] : count, mean = found[i] / of, spread = found[n + i] / of - mean * mean;
            out[i] = sqrt(spread < 0.0 ? 0.0 : spread);
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
    const double *row = w->rows + (stop - 1) * w->columns + part->first;
    if (!g->firm)
        for (i64 i = 0; i < part->n; i++)
            if (!g->firm_ones[i] && !isnan(row[i])) /* the first reading of the stretch */
                return 1;
    return !g->folds[0]->begun;
}

static int is_over(const struct glide *g, i64 now_ns, i64 dirty) { return g->dirty != dirty || !g->end_ns || now_ns > g->end_ns; }

/* Tell whether there is room for the parts; `new`: the last row is. */
static int fits(const struct window *w, const struct part *part, i64 first, i64 stop, i64 now_ns, i64 dirty, int new)
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

/* The change between the first and the last good reading of those columns where the window's ends are not good. */
static void mend(const struct window *w, const struct part *part, i64 first, i64 stop, double *out)
{
    for (i64 i = 0; i < part->n; i++) {
        const double *column = w->rows + part->first + i;
        i64 from = first, to = stop - 1;
        if (!isnan(column[from * w->columns]) && !isnan(column[to * w->columns]))
            continue;
        while (from < to && isnan(column[from * w->columns]))
            from++;
        while (to > from && isnan(column[to * w->columns]))
            to--;
        double oldest = column[from * w->columns], last = column[to * w->columns];
        double passed_s = (double)(w->times[to] - w->times[from]) / 1e9;
        out[i] = part->function == FIRST ? oldest : part->function == LAST ? last
               : part->function == DELTA ? last - oldest : passed_s > 0.0 ? (last - oldest) / passed_s : (double)NAN;
    }
}

static void forget(struct glide *g) { g->end_ns = g->base = g->edge = g->steady = 0; }

/* Put a part's results into `out`; `new`: the last row is. */
static void carry_on(const struct window *w, const struct part *part, i64 first, i64 stop, i64 dirty, int new, double *out, double *room)
{
    struct glide *g = part->glide;
    i64 n = part->n;
    const double *last = w->rows + (stop - 1) * w->columns + part->first, *oldest = w->rows + first * w->columns + part->first;
    double passed_s = (double)(w->times[stop - 1] - w->times[first]) / 1e9;
    switch (part->function) {
    case DELTA:
        for (i64 i = 0; i < n; i++)
            out[i] = last[i] - oldest[i];
        break;
    case RATE:
        for (i64 i = 0; i < n; i++)
            out[i] = passed_s > 0.0 ? (last[i] - oldest[i]) / passed_s : (double)NAN;
        break;
    case FIRST:
    case LAST:
        memcpy(out, part->function == FIRST ? oldest : last, (size_t)n * sizeof *out);
        break;
    case COUNT:
        if (!dirty) {
            forget(g);
            for (i64 i = 0; i < n; i++)
                out[i] = (double)(stop - first);
            return;
        }
        /* fall through */
    default:
        if (new ? begins_anew(w, part, w->now_ns, stop, dirty) : is_over(g, w->now_ns, dirty))
            rebuild(w, part, first, stop, dirty, room);
        else if (new)
            for (i64 which = 0; which < folds_of(part); which++) {
                struct fold *f = g->folds[which];
                add(f, prepared(part, f, last, room), f->width);
            }
        told(part, first, stop, out, room);
        return;
    }
    if (dirty) {
        mend(w, part, first, stop, out);
        for (i64 i = 0; i < n; i++)
            if (isinf(out[i]))
                out[i] = (double)NAN;
    }
}

/* Move the rows that are still inside the window to the front, where that makes room enough. */
static int forget_old(struct window *w)
{
    if (!w->count) /* restored without rows, nor room for any */
        return 0;
    i64 old = edge_of(w, 0, w->count, w->times[w->count - 1] - w->window_ns), kept = w->count - old;
    if (kept > old || w->capacity > 2 * (kept > 21 ? 3 * kept : 64))
        return 0;
    memmove(w->times, w->times + old, (size_t)kept * sizeof *w->times);
    memmove(w->rows, w->rows + old * w->columns, (size_t)(kept * w->columns) * sizeof *w->rows);
    w->count = kept;
    w->first = w->first > old ? w->first - old : 0;
    w->dirty = w->dirty - old > -1 ? w->dirty - old : -1;
    for (i64 i = 0; i < w->parts_n; i++)
        if (w->parts[i].glide)
            w->parts[i].glide->base -= old, w->parts[i].glide->edge -= old;
    return 1;
}

static int window(struct program *p, const struct over_rows *s)
{
    struct window *w = s->keeper;
    i64 now_ns = p->now_ns;
    if (now_ns < w->now_ns || (w->count == w->capacity && !forget_old(w)))
        return 0;
    int kind = gather(p, s, w->columns, w->rows + w->count * w->columns);
    i64 first = w->first, stop = w->count + 1, due_ns = w->due_ns, bad = kind == TAME_ROW ? w->dirty : w->count;
    if (kind == WILD_ROW)
        return 0;
    w->times[w->count] = now_ns;
    if (now_ns >= due_ns) {
        while (w->times[first] <= now_ns - w->window_ns)
            first++;
        due_ns = w->times[first] + w->window_ns;
    }
    i64 dirty = bad >= first;
    for (i64 i = 0; i < w->parts_n; i++)
        if (w->parts[i].glide && !fits(w, w->parts + i, first, stop, now_ns, dirty, 1))
            return 0;
    w->count = stop, w->first = first, w->due_ns = due_ns, w->now_ns = now_ns, w->dirty = bad;
    for (i64 i = 0; i < w->parts_n; i++)
        carry_on(w, w->parts + i, first, stop, dirty, 1, p->numbers + s->out + w->parts[i].first, s->scratch);
    w->latest = p->numbers + s->out;
    return 1;
}

/* Tell whether the last results hold, to the last bit, if no row has come since. */
static int window_stands(const struct window *w, i64 now_ns)
{
    if (!w->latest || now_ns >= w->due_ns)
        return 0;
    for (i64 i = 0; i < w->parts_n; i++) {
        i64 function = w->parts[i].function;
        if ((function == SUM || function == MEAN || function == STD) && now_ns > w->parts[i].glide->end_ns)
            return 0;
    }
    return 1;
}

/* Let time pass without a row. */
static int window_time(struct program *p, const struct over_rows *s)
{
    struct window *w = s->keeper;
    double *out = p->numbers + s->out;
    i64 now_ns = later(p->now_ns, w->now_ns), first = w->first, stop = w->count, due_ns = w->due_ns;
    if (window_stands(w, p->now_ns)) {
        memmove(out, w->latest, (size_t)w->columns * sizeof *out);
        w->latest = out;
        return 1;
    }
    if (now_ns >= due_ns) {
        while (first < stop && w->times[first] <= now_ns - w->window_ns)
            first++;
        due_ns = first < stop ? w->times[first] + w->window_ns : LONG_AGO;
    }
    i64 dirty = w->dirty >= first;
    for (i64 i = 0; i < w->parts_n && first < stop; i++)
        if (w->parts[i].glide && !fits(w, w->parts + i, first, stop, now_ns, dirty, 0))
            return 0;
    w->first = first, w->due_ns = due_ns, w->now_ns = now_ns;
    for (i64 i = 0; i < w->parts_n; i++) {
        const struct part *part = w->parts + i;
        if (first < stop) {
            carry_on(w, part, first, stop, dirty, 0, out + part->first, s->scratch);
            continue;
        }
        for (i64 j = 0; j < part->n; j++)
            out[part->first + j] = part->function == COUNT ? 0.0 : (double)NAN;
        if (part->glide)
            forget(part->glide);
    }
    w->latest = out;
    return 1;
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

struct turned { i64 n, open; }; /* so many latches; whether of the last row some have more values than one to tell */

/* Turn the latches of those rules that read truths which have changed. */
static void turn(const struct latches *s, const trit *truths, const double *numbers, const int32_t *changed, i64 changed_n,
                 i64 row, struct turned *turned)
{
    for (i64 i = 0; i < changed_n; i++)
        for (i64 at = s->first[changed[i]]; at < s->first[changed[i] + 1]; at++) {
            i64 rule = s->readers[at], value = s->values[rule];
            trit wanted = truths[s->when[rule]], *active = s->active + s->rules[rule];
            if (rule >= s->plain)
                wanted = truths[s->until[rule - s->plain]] == 1 ? -1 : wanted > 0 ? wanted : 0;
            if (wanted != -*active)
                continue;
            *active = wanted;
            s->flipped[turned->n] = (int32_t)(wanted == 1 ? rule : ~rule);
            s->flipped_row[turned->n] = (int32_t)row;
            s->flipped_value[turned->n++] = value < 0 ? (double)NAN : numbers[value];
            turned->open |= value == MORE_VALUES;
        }
}

/* Turn the latches of a row of which so many rows before had turned some; return how many in all. */
i64 turned(struct program *p, i64 row, i64 turned_n)
{
    struct turned turned = {turned_n, 0};
    if (p->latches && p->mask & RULES)
        turn(p->latches, p->truths, p->numbers, p->changed, p->changed_n, row, &turned);
    return turned.n;
}

/* NumPy's array, of two dimensions here, as its interface for C has it; `object` is what Python begins each object with. */
struct array { const void *object[2]; const char *data; int dimensions; const i64 *shape, *strides; };

/* Tell where an array's data are: once, to see that arrays are made so. */
const void *data_of(const struct array *a) { return a->data; }

/* What is not side by side in a row is NumPy's. */
static int takes(const struct array *a, i64 bytes)
{
    return a->dimensions == 2 && (a->shape[1] < 2 || a->strides[1] == bytes);
}

/* Tell whether rows of values are numbers of which squares and sums are numbers too, and whether no quality is bad. */
WIDE i64 clean(const struct array *values, const struct array *quality)
{
    double squares[16] = {0.0}, total = 0.0;
    unsigned bad = 0;
    if (!takes(values, sizeof(double)) || !takes(quality, 1))
        return 0;
    i64 n = values->shape[1];
    for (i64 t = 0; t < values->shape[0]; t++) {
        const double *row = (const double *)(values->data + t * values->strides[0]);
        const unsigned char *flags = (const unsigned char *)(quality->data + t * quality->strides[0]);
        i64 i = 0;
        for (; i + 16 <= n; i += 16)
            for (i64 j = 0; j < 16; j++)
                squares[j] += row[i + j] * row[i + j];
        for (; i < n; i++)
            squares[0] += row[i] * row[i];
        unsigned char any = 0;
        for (i = 0; i < n; i++)
            any |= flags[i]; /* BAD is a power of two */
        bad |= any;
    }
    for (i64 j = 0; j < 16; j++)
        total += squares[j];
    return bad < BAD && total < TAME;
}

WIDE static void sum_row(i64 n, const double *row, double *restrict count, double *restrict total, double *restrict least,
                          double *restrict most, double *restrict last)
{
    for (i64 i = 0; i < n; i++) {
        double x = row[i], plain = x + 0.0, below = least[i], above = most[i], before = last[i];
        count[i] += x == x ? 1.0 : 0.0;
        total[i] += x == x ? x : 0.0;
        below = below == below ? below : plain;
        above = above == above ? above : plain;
        least[i] = plain < below ? plain : below;
        most[i] = plain > above ? plain : above;
        last[i] = x == x ? x : before;
    }
}

WIDE static void means(i64 n, const double *count, const double *total, double *restrict mean)
{
    for (i64 i = 0; i < n; i++) {
        double found = total[i] / count[i];
        mean[i] = isinf(found) || count[i] <= 0.0 ? (double)NAN : found;
    }
}

/* Put the sums of a window into `into` [6, K]: of `before`, if there is any, and of more rows. Some columns at a time,
 * whose sums stay near. */
i64 sum_up(const struct array *into, const struct array *before, const struct array *rows)
{
    i64 n = into->shape[1];
    if (!takes(rows, sizeof(double)) || rows->shape[1] != n)
        return 0;
    for (i64 first = 0, some; first < n; first += some) {
        double *sums[6];
        some = n - first < 2 * TOGETHER ? n - first : 2 * TOGETHER;
        for (i64 j = 0; j < 6; j++) {
            sums[j] = (double *)into->data + j * n + first;
            if (before)
                memcpy(sums[j], (const double *)before->data + j * n + first, (size_t)some * sizeof(double));
            else
                for (i64 i = 0; i < some; i++)
                    sums[j][i] = j < 2 ? 0.0 : (double)NAN;
        }
        for (i64 t = 0; t < rows->shape[0]; t++)
            sum_row(some, (const double *)(rows->data + t * rows->strides[0]) + first, sums[0], sums[1], sums[2], sums[3], sums[4]);
        means(some, sums[0], sums[1], sums[5]);
    }
    return 1;
}

/* Put the sums of two neighbours into `into`. */
WIDE i64 join_sums(const struct array *into, const struct array *before, const struct array *after)
{
    i64 n = into->shape[1];
    double *restrict sums = (double *)into->data;
    const double *first = (const double *)before->data, *later = (const double *)after->data;
    for (i64 i = 0; i < 2 * n; i++)
        sums[i] = first[i] + later[i];
    for (i64 i = 2 * n; i < 3 * n; i++)
        sums[i] = first[i] < later[i] || later[i] != later[i] ? first[i] : later[i];
    for (i64 i = 3 * n; i < 4 * n; i++)
        sums[i] = first[i] > later[i] || later[i] != later[i] ? first[i] : later[i];
    for (i64 i = 4 * n; i < 5 * n; i++)
        sums[i] = later[i] != later[i] ? first[i] : later[i];
    means(n, sums, sums + n, sums + 5 * n);
    return 1;
}

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
