#include "kernel.h"

/* Add up the squares of a row's readings, of `all` or of those that are known. */
INLINE double squares_of(const double *row, i64 n, int all)
{
    double squares[16] = {0.0}, total = 0.0; /* side by side: one sum would wait for itself */
    i64 i = 0;
    for (; i + 16 <= n; i += 16)
        for (i64 j = 0; j < 16; j++) {
            double x = row[i + j];
            squares[j] += all || x == x ? x * x : 0.0;
        }
    for (; i < n; i++)
        squares[0] += all || row[i] == row[i] ? row[i] * row[i] : 0.0;
    for (i64 j = 0; j < 16; j++)
        total += squares[j];
    return total;
}

WIDE static int kind_of(const double *row, i64 n)
{
    return squares_of(row, n, 1) < TAME ? TAME_ROW : squares_of(row, n, 0) < TAME ? BAD_ROW : WILD_ROW;
}

/* Put a row's readings into `row`. */
int gather(const struct program *p, const struct over_rows *s, i64 n, double *row)
{
    const double *numbers = p->numbers;
    double *to = row;
    for (i64 i = 0; i < s->runs_n; to += s->runs[2 * i + 1], i++)
        memcpy(to, numbers + s->runs[2 * i], (size_t)s->runs[2 * i + 1] * sizeof *to);
    if (!s->runs_n)
        for (i64 i = 0; i < n; i++)
            row[i] = numbers[s->places[i]];
    return s->readings && p->clean ? TAME_ROW : kind_of(row, n);
}
