#ifndef KERNEL_H
#define KERNEL_H
/* Single rows, stage by stage, without a call between them: what the steps of Python do, operation for operation, so that
 * the bits are the same (hence -ffp-contract=off). No memory of its own: arrays and structures are Python's, laid out in
 * kernel.py. A stage that is not here, or for which a row is out of the ordinary, is left to Python: `rows` returns its
 * place, and `go_on` goes on behind it. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#ifndef EDITION
#define EDITION 16 /* of the structures, as in kernel.py */
#endif
#define NEVER ((i64)1 << 62)
#define LONG_AGO (-((i64)1 << 62))
#define TAME 1e280
#define BAD 16 /* the first bad quality */
enum { RULES = 1, KEPT = 2, SHARED = 4, STALE = 8 }; /* bits of step.py */

/* The loops that a row spends its time in are there twice where a processor may have wider registers. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

/* What is part of a wide loop has to be in it. */
#define INLINE static inline __attribute__((always_inline))

typedef int64_t i64;
typedef uint64_t u64;
typedef int8_t trit; /* -1 false, 0 unknown, 1 true */

enum { PYTHON, AGAINST, ORDER, JOIN, NOT, ARITHMETIC, CHOOSE, HOLD, EWMA, RECENT, WINDOW, RECENT_TIME, WINDOW_TIME };
enum { COUNT, SUM, MEAN, STD, LEAST, MOST, RANGE, DELTA, RATE, FIRST, LAST };

struct stage { i64 kind; u64 bit, more; const void *of; };
struct reader { int32_t latch, when, until, active, value; }; /* a rule that reads a truth; `until` -1: `when` is all of it */
struct latches {
    i64 most; const int32_t *first; const struct reader *readers; trit *active; /* of each truth from its first reader on */
    int32_t *flipped, *flipped_row; double *flipped_value; /* in rows that others may follow so many at the most */
};
struct exchange { /* where numbers and truths stand in a program's row, and their slots in what programs share */
    i64 numbers_n, truths_n; const i64 *number_places, *number_slots, *truth_places, *truth_slots;
    const int32_t *slot_of; double *numbers; trit *truths; /* of each truth of the row that is read elsewhere */
};
enum { NO_VALUE = -1, MORE_VALUES = -2 }; /* instead of a place among the numbers */
struct told { i64 n, most, stale; int32_t *places; trit *truths; }; /* to a program by others; stale: nothing of it counts */
struct overlap { /* another program, and where truths of ours stand there: of each, -1 for nowhere, and those that do */
    struct told *other; i64 own_n; const int32_t *there, *own, *at_other; const trit *other_truths;
};
struct program {
    i64 stages_n, now_ns, clean; u64 mask; i64 changed_n, came_n, rows_n, turned_n, open; /* as of the last row */
    const struct stage *stages; double *numbers; trit *truths; const u64 *wakes; const uint16_t *wake_of; /* of truths */
    const uint8_t *giver; int32_t *changed; u64 always, holds; i64 *earliest_ns, holds_n; const i64 *end_ns; i64 readings_n;
    const struct latches *latches; const struct exchange *takes, *keeps; /* of what others computed, and what others read */
    struct told *told; i64 overlaps_n; const struct overlap *overlaps;
};
struct numbers { const i64 *places; const double *constants; }; /* one of them */
struct against { /* of n numbers; their limits in order, and the truths of these, inverted where they are turned round */
    i64 first, n; const int32_t *begins; const double *limits; const int32_t *truths; int32_t *passed; float *low, *high;
};
struct order { i64 n, which, out; struct numbers left, right; };
struct readers { const int32_t *first, *of; int32_t *which; }; /* of each truth of the program's row; room for them */
struct join { i64 n, depth, least, out; const int32_t *places; struct readers readers; }; /* `depth` places of each of n */
struct not { i64 n, out; const i64 *places; };
struct arithmetic { i64 n, which, out; struct numbers left, right; };
struct choose { i64 n, out; const i64 *truths; struct numbers then, other; struct readers readers; };
struct hold { i64 n, out; const i64 *truths, *places, *duration_ns; i64 *end_ns, *earliest_ns; struct readers readers; };
struct ewma {
    i64 level_ns, passed_ns, n, taus_n;
    double *value, *seen, *weight; const double *taus; const i64 *tau_of; i64 *last_ns;
};
struct recent {
    i64 begun, whole, level, newest_ns, n, stuck; /* from this place on they are `stuck`, and from `missing` on `missing` */
    i64 missing; double *value, *seen; const i64 *within_ns; i64 *last_ns, *other_ns, *floor_ns, *ends, *start_ns, *first_ns;
    const trit *told; trit *latest; i64 told_ns, due_ns, passed_ns; /* time alone changes `latest` at `due_ns` */
};
struct fold { i64 begun, length, width, capacity, join; double *before, *since; };
struct glide {
    i64 end_ns, base, edge, dirty, steady, firm, window_ns, offset_ns;
    double *shift; trit *firm_ones; struct fold *folds[2];
};
struct part { i64 function, first, column, n; struct glide *glide; }; /* its first result, and what that is of */
struct window {
    i64 count, first, now_ns, dirty, due_ns, capacity, columns, results_n, window_ns, parts_n;
    i64 *times; double *rows; const struct part *parts; double *latest; /* the last results, where they stand */
};
struct over_rows { /* `runs`: begin and length of those places that follow each other, where they are few */
    void *keeper; i64 out, readings; const i64 *places; i64 runs_n; const i64 *runs; double *scratch;
};


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
    p->mask |= p->wakes[p->wake_of[place]];
}

static inline u64 wakes(const struct program *p, i64 place) { return p->wakes[p->wake_of[place]]; }

#define TOGETHER 32

/* Most truths are as they were: so many are looked at together. */
static inline void settle_all(struct program *p, i64 place, const trit *truths, i64 n)
{
    i64 i = 0;
    for (; i + TOGETHER <= n; i += TOGETHER) {
        u64 now[TOGETHER / 8], before[TOGETHER / 8], differs = 0;
        memcpy(now, truths + i, TOGETHER), memcpy(before, p->truths + place + i, TOGETHER);
        for (i64 j = 0; j < TOGETHER / 8; j++)
            differs |= now[j] ^ before[j];
        if (differs)
            for (i64 j = i; j < i + TOGETHER; j++)
                settle(p, place + j, truths[j]);
    }
    for (; i < n; i++)
        settle(p, place + i, truths[i]);
}

static inline i64 later(i64 first, i64 second) { return first > second ? first : second; }

enum { TAME_ROW, BAD_ROW, WILD_ROW }; /* all are numbers of which squares are numbers; some are not known; some are larger */

/* NumPy's array, of one or two dimensions here, as its interface for C has it; `object` is what Python begins each with. */
struct array { const void *object[2]; const char *data; int dimensions; const i64 *shape, *strides; };

/* What is not side by side in a row is NumPy's. */
static inline int takes(const struct array *a, i64 bytes)
{
    return a->dimensions == 2 && (a->shape[1] < 2 || a->strides[1] == bytes);
}

#pragma GCC visibility push(hidden)
/* Stages: those that return something tell whether the row was an ordinary one. */
void against(struct program *p, const struct against *s);
void order(struct program *p, const struct order *s);
void join(struct program *p, const struct join *s, u64 bit);
void not(struct program *p, const struct not *s);
void arithmetic(struct program *p, const struct arithmetic *s);
void choose(struct program *p, const struct choose *s, u64 bit);
void hold(struct program *p, const struct hold *s, u64 bit);
int ewma(struct program *p, const struct over_rows *s);
int recent(struct program *p, const struct over_rows *s);
int recent_time(struct program *p, const struct over_rows *s);
int window(struct program *p, const struct over_rows *s);
int window_time(struct program *p, const struct over_rows *s);

/* Whether a time without a row changes nothing of what was told last. */
int recent_stands(const struct recent *k, i64 now_ns);
int window_stands(const struct window *w, i64 now_ns);

i64 first_end(const i64 *end_ns, i64 n); /* of holds; NEVER while none is waiting */
int gather(const struct program *p, const struct over_rows *s, i64 n, double *row);
i64 edge_of(const struct window *w, i64 first, i64 stop, i64 begin_ns);
int begins(const struct window *w, const struct part *part, i64 first, i64 stop, i64 now_ns, i64 dirty, int new);
void fold(const struct window *w, const struct part *part, i64 first, i64 stop, i64 dirty, int new, int anew, double *out,
          double *room);
void turn(struct program *p); /* the latches of those rules that read truths which have changed */
void tell_others(struct program *p, int several); /* other programs of what has changed; not with one row alone */
#pragma GCC visibility pop
#endif
