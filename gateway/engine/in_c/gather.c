#include "kernel.h"

WIDE static double squares_of(const double *row, i64 n)
{
    double squares[16] = {0.0}, total = 0.0; /* side by side: one sum would wait for itself */
    i64 i = 0;
    for (; i + 16 <= n; i += 16)
        for (i64 j = 0; j < 16; j++)
            squares[j] += row[i + j] * row[i + j];
    for (; i < n; i++)
        squares[0] += row[i] * row[i];
    for (i64 j = 0; j < 16; j++)
        total += squares[j];
    return total;
}

/* Put a row's readings into `row`. */
int gather(const struct program *p, const struct over_rows *s, i64 n, double *row)
{
    const double *numbers = p->numbers;
    double total = 0.0, *to = row;
    for (i64 i = 0; i < s->runs_n; to += s->runs[2 * i + 1], i++)
        memcpy(to, numbers + s->runs[2 * i], (size_t)s->runs[2 * i + 1] * sizeof *to);
    if (!s->runs_n)
        for (i64 i = 0; i < n; i++)
            row[i] = numbers[s->places[i]];
    if ((s->readings && p->clean) || squares_of(row, n) < TAME)
        return TAME_ROW;
    for (i64 i = 0; i < n; i++)
        total += isnan(row[i]) ? 0.0 : row[i] * row[i];
    return total < TAME ? BAD_ROW : WILD_ROW;
}
