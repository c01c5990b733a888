#include "kernel.h"

/* Turn the latches of those rules that read truths which have changed. */
void turn(const struct latches *s, const trit *truths, const double *numbers, const int32_t *changed, i64 changed_n,
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
