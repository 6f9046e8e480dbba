/* SPDX-License-Identifier: MIT */
/* Page walks in one stage and two against a second, slow walker. MICROVM_WALKS in the environment says how many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../fuzz/walk_world.h"

static void random_tables_and_settings_give_the_same_answer_by_both_walkers(void **state)
{
    (void)state;
    const char *wanted = getenv("MICROVM_WALKS"), *seed = getenv("MICROVM_SEED");
    uint64_t walks = wanted != NULL ? strtoull(wanted, NULL, 0) : 500000, made = 0;
    struct world *w = world_create();
    w->dice.seed = seed != NULL ? strtoull(seed, NULL, 0) : 7;
    while (made < walks)
        made += world_round(w, 200, 100);
    printf("%llu accesses; granted by VS (down) and G scheme (bare, Sv39, Sv48, Sv57):\n", (unsigned long long)made);
    for (unsigned vs = 0; vs < 4; vs++)
        for (unsigned g = 0; g < 4; g++) {
            printf("%12llu%s", (unsigned long long)w->granted[vs][g], g == 3 ? "\n" : "");
            assert_true(w->granted[vs][g] > walks / 5000);
        }
    printf("refills: %llu by one stage, %llu by two\n", (unsigned long long)w->refilled[0],
           (unsigned long long)w->refilled[1]);
    assert_true(w->refilled[0] > walks / 5000 && w->refilled[1] > walks / 5000);
    static const unsigned causes[] = {1, 5, 7, 12, 13, 15, 20, 21, 23};
    for (unsigned i = 0; i < sizeof causes / sizeof *causes; i++) {
        printf("cause %u: %llu\n", causes[i], (unsigned long long)w->faults[causes[i]]);
        assert_true(w->faults[causes[i]] > walks / 1000);
    }
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_tables_and_settings_give_the_same_answer_by_both_walkers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
