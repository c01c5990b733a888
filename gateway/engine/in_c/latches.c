#include "kernel.h"

void turn(struct program *p)
{
    const struct latches *s = p->latches;
    for (i64 i = 0; i < p->changed_n; i++)
        for (i64 at = s->first[p->changed[i]]; at < s->first[p->changed[i] + 1]; at++) {
            const struct reader *rule = s->readers + at;
            trit wanted = p->truths[rule->when], *active = s->active + rule->active;
            if (rule->until >= 0)
                wanted = p->truths[rule->until] == 1 ? -1 : wanted > 0 ? wanted : 0;
            if (wanted != -*active)
                continue;
            *active = wanted;
            s->flipped[p->turned_n] = wanted == 1 ? rule->latch : ~rule->latch;
            s->flipped_row[p->turned_n] = (int32_t)(p->rows_n - 1);
            s->flipped_value[p->turned_n++] = rule->value < 0 ? (double)NAN : p->numbers[rule->value];
            p->open |= rule->value == MORE_VALUES;
        }
}
