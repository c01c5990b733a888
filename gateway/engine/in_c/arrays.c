#include "kernel.h"

/* Tell where an array's data are: once, to see that arrays are made so. */
const void *data_of(const struct array *a) { return a->data; }

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

/* Put rows of values and quality into arrays of their own, side by side: what is bad as NaN, and what is no finite number as
 * bad, `odd`. */
WIDE i64 mark_bad(const struct array *values, const struct array *quality, double *restrict marked, unsigned char *restrict flags,
                  i64 odd)
{
    if (!takes(values, sizeof(double)) || !takes(quality, 1))
        return 0;
    i64 n = values->shape[1];
    for (i64 t = 0; t < values->shape[0]; t++, marked += n, flags += n) {
        const double *row = (const double *)(values->data + t * values->strides[0]);
        const unsigned char *was = (const unsigned char *)(quality->data + t * quality->strides[0]);
        for (i64 i = 0; i < n; i++) {
            double apart = row[i] - row[i]; /* NaN is not itself, nor is what is infinite less itself zero */
            marked[i] = apart == 0.0 && was[i] < BAD ? row[i] : (double)NAN;
            flags[i] = apart == 0.0 || was[i] >= BAD ? was[i] : (unsigned char)odd;
        }
    }
    return 1;
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

/* The same of rows that are all good; 0 where they are not, or what they add up to is no number. */
INLINE int sum_good_rows(i64 n, const struct array *rows, i64 first, double *count, double *total, double *least, double *most,
                         double *last)
{
    double sum[TOGETHER], low[TOGETHER], high[TOGETHER], all = 0.0;
    i64 rows_n = rows->shape[0];
    const char *row = rows->data + first * (i64)sizeof(double);
    for (i64 i = 0; i < n; i++) {
        sum[i] = total[i];
        low[i] = least[i] == least[i] ? least[i] : (double)INFINITY;
        high[i] = most[i] == most[i] ? most[i] : -(double)INFINITY;
    }
    for (i64 t = 0; t < rows_n; t++)
        for (i64 i = 0; i < n; i++) {
            double x = ((const double *)(row + t * rows->strides[0]))[i], plain = x + 0.0;
            sum[i] += x;
            low[i] = plain < low[i] ? plain : low[i];
            high[i] = plain > high[i] ? plain : high[i];
        }
    for (i64 i = 0; i < n; i++)
        all += sum[i] - sum[i];
    if (all != 0.0 || !rows_n) /* NaN is not */
        return 0;
    for (i64 i = 0; i < n; i++) {
        count[i] += (double)rows_n;
        total[i] = sum[i], least[i] = low[i], most[i] = high[i];
        last[i] = ((const double *)(row + (rows_n - 1) * rows->strides[0]))[i];
    }
    return 1;
}

/* Put the sums of a window into `into` [6, K]: of `before`, if there is any, and of more rows. Some columns at a time,
 * whose sums stay near. */
WIDE i64 sum_up(const struct array *into, const struct array *before, const struct array *rows)
{
    i64 n = into->shape[1];
    if (!takes(rows, sizeof(double)) || rows->shape[1] != n)
        return 0;
    for (i64 first = 0, some; first < n; first += some) {
        double *sums[6];
        some = n - first < TOGETHER ? n - first : TOGETHER;
        for (i64 j = 0; j < 6; j++) {
            sums[j] = (double *)into->data + j * n + first;
            if (before)
                memcpy(sums[j], (const double *)before->data + j * n + first, (size_t)some * sizeof(double));
            else
                for (i64 i = 0; i < some; i++)
                    sums[j][i] = j < 2 ? 0.0 : (double)NAN;
        }
        if (!(some == TOGETHER ? sum_good_rows(TOGETHER, rows, first, sums[0], sums[1], sums[2], sums[3], sums[4])
              : sum_good_rows(some, rows, first, sums[0], sums[1], sums[2], sums[3], sums[4])))
            for (i64 t = 0; t < rows->shape[0]; t++)
                sum_row(some, (const double *)(rows->data + t * rows->strides[0]) + first, sums[0], sums[1], sums[2], sums[3],
                        sums[4]);
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
