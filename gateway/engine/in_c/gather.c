#include "kernel.h"

/* Put a row's readings into `row`. */
WIDE int gather(const struct program *p, const struct over_rows *s, i64 n, double *row)
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
