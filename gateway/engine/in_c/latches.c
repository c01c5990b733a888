#include "kernel.h"

void turn(struct program *p)
{
    const struct latches *s = p->latches;
    for (i64 i = 0; i < p->changed_n; i++)
        for (i64 at = s->first[p->changed[i]]; at < s->first[p->changed[i] + 1]; at++) {
            i64 rule = s->readers[at], value = s->values[rule];
            trit wanted = p->truths[s->when[rule]], *active = s->active + s->rules[rule];
            if (rule >= s->plain)
                wanted = p->truths[s->until[rule - s->plain]] == 1 ? -1 : wanted > 0 ? wanted : 0;
            if (wanted != -*active)
                continue;
            *active = wanted;
            s->flipped[p->turned_n] = (int32_t)(wanted == 1 ? rule : ~rule);
            s->flipped_row[p->turned_n] = (int32_t)(p->rows_n - 1);
            s->flipped_value[p->turned_n++] = value < 0 ? (double)NAN : p->numbers[value];
            p->open |= value == MORE_VALUES;
        }
}
