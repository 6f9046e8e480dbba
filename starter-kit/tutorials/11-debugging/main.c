/* SPDX-License-Identifier: MIT */
#include "board.h"
#include "book.h"
#include "csr.h"
#include "timer.h"
#include "trap.h"

void main(void)
{
    trap_init();
    timer_init();
    csr_set(mstatus, MSTATUS_MIE);

    book_add("Ada");
    book_add("Grace");
    book_add("Katherine");
    book_visit("Ada");
    book_visit("Katherine");
    book_visit("Alan");
    book_print();
    power_off(0);
}
