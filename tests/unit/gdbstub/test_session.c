/* SPDX-License-Identifier: MIT */
/* What each packet does to a machine, and what is answered. */
#include "gdbstub/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gdbstub/talk.h"

#define UP_TO_LOOP                                                                                                     \
    {"Z0," TALK_LOOP ",4", "OK"},                                                                                      \
    {                                                                                                                  \
        "c", "T05*"                                                                                                    \
    }

static void a_debugger_finds_the_machine_paused_at_its_reset(void **state)
{
    (void)state;
    TALK(1, {"?", "T05thread:1;core:0;20:0010000000000000;*"}, {"qAttached", "1"}, {"p20", "0010000000000000"});
}

static void both_sides_say_what_they_can(void **state)
{
    (void)state;
    TALK(1, {"qSupported:multiprocess+;swbreak+;hwbreak+;xmlRegisters=i386", "PacketSize=4000;QStartNoAckMode+;*"},
         {"?", "T05thread:p1.1;*"}, {"vMustReplyEmpty", ""}, {"vCont?", "vCont;c;C;s;S;t;r"}, {"qSymbol::", "OK"},
         UP_TO_LOOP, {"?", "T05swbreak:;thread:p1.1;*"}, {"Z1," TALK_STORE ",4", "OK"}, {"c", "T05hwbreak:;*"});
}

static void what_is_not_known_is_answered_by_nothing(void **state)
{
    (void)state;
    TALK(1, {"", ""}, {"vUnknown", ""}, {"qC0", ""}, {"?0", ""}, {"b", ""}, {"QNonStop:1", ""});
}

static void registers_are_read_and_written(void **state)
{
    (void)state;
    TALK(1, {"P5=f0debc9a78563412", "OK"}, {"p5", "f0debc9a78563412"}, {"P0=ffffffffffffffff", "OK"},
         {"p0", "0000000000000000"}, {"P20=0100008000000000", "OK"}, {"p20", "0000008000000000"},
         {"P21=0102030405060708", "OK"}, {"p21", "0102030405060708"}, {"p381", "*"}, /* mscratch, 0x340 */
         {"P381=0807060504030201", "OK"}, {"p381", "0807060504030201"}, {"p1041", "0300000000000000"},
         {"P1041=0100000000000000", "OK"}, {"P1042=0100000000000000", "OK"}, {"p1042", "0100000000000000"},
         {"P1041=0300000000000000", "OK"}, {"p1042", "0000000000000000"}, {"P1041=0200000000000000", "E16"},
         {"P1042=0100000000000000", "E16"}, {"p1043", "E16"}, {"pffffffffffffffff", "E16"}, {"p", "E16"},
         {"P5=12", "E16"}, {"P5", "E16"}, {"G00", "E16"},
         {"G"
          "1111111111111111"
          "2222222222222222",
          "OK"},
         {"p1", "2222222222222222"}, {"g", "00000000000000002222222222222222*"});
}

static void memory_is_read_and_written(void **state)
{
    (void)state;
    TALK(1, {"m" TALK_BASE ",4", "17230000"}, {"M" TALK_DATA ",3:010203", "OK"}, {"m" TALK_DATA ",4", "01020300"},
         {"X" TALK_DATA ",2:}\x03}]", "OK"}, {"m" TALK_DATA ",3", "237d03"}, {"x" TALK_DATA ",3", "}\x03}]\x03"},
         {"x" TALK_DATA ",0", "OK"}, {"X" TALK_DATA ",0:", "OK"}, {"m8,4", "E0e"}, {"M8,1:00", "E0e"},
         {"m" TALK_DATA, "E16"}, {"M" TALK_DATA ",2:00", "E16"}, {"M" TALK_DATA ",1:0g", "E16"},
         {"X" TALK_DATA ",3:ab", "E16"}, {"m80fffffe,4", "0000"}, {"mffffffffffffffff,2", "E0e"},
         {"M" TALK_DATA ",ffffffffffffffff:00", "E16"}, {"qCRC:" TALK_DATA ",4", "C*"}, {"qCRC:0,4", "E0e"});
}

static void a_range_of_like_pages_is_described(void **state)
{
    (void)state;
    TALK(1, {"qMemoryRegionInfo:1234", "start:1000;size:f000;permissions:rwx;"},
         {"qMemoryRegionInfo:0", "start:0;size:1000;"}, {"qMemoryRegionInfo:80fff123", "start:80fff000;size:1000;*"},
         {"qMemoryRegionInfo:ffffffffffffffff", "start:fffffffffffff000;size:1000;"}, {"qMemoryRegionInfo:x", "E16"});
}

static void an_interrupt_is_not_claimed_and_a_byte_not_eaten_by_a_look(void **state)
{
    (void)state;
    /* The UART receives what it sends, and the PLIC has its interrupt for hart 0. */
    TALK(1, {"M10000004,1:10", "OK"}, {"M10000001,1:01", "OK"}, {"Mc000028,4:01000000", "OK"},
         {"Mc002000,4:00040000", "OK"}, {"M10000000,1:41", "OK"}, {"m10000000,1", "41"}, {"m10000000,1", "41"},
         {"m10000005,1", "61"}, {"mc001000,4", "00040000"}, {"mc200004,4", "0a000000"}, {"mc200004,4", "0a000000"},
         {"mc001000,4", "00040000"}, {"p385", "8008000000000000"}); /* mip.MEIP, and MTIP */
}

static void breakpoints_stop_before_and_watchpoints_behind(void **state)
{
    (void)state;
    TALK(1, {"qSupported:swbreak+", "*"}, UP_TO_LOOP, {"?", "T05swbreak:;thread:1;core:0;20:0800008000000000;*"},
         {"z0," TALK_LOOP ",4", "OK"}, {"Z2," TALK_DATA ",8", "OK"}, {"c", "T05watch:" TALK_DATA ";*"},
         {"p20", "1000008000000000"}, {"z2," TALK_DATA ",8", "OK"}, {"Z3," TALK_DATA ",1", "OK"},
         {"c", "T05rwatch:" TALK_DATA ";*"}, {"z3," TALK_DATA ",1", "OK"}, {"Z4,80002004,2", "OK"},
         {"c", "T05awatch:80002004;*"}, {"Z2,0,0", "E1c"}, {"Z5,0,1", "E16"}, {"Z0", "E16"}, {"z9,0,1", "E16"},
         {"z0,1234,4", "OK"});
}

static void a_breakpoint_set_in_two_ways_goes_with_the_last(void **state)
{
    (void)state;
    TALK(1, {"Z0," TALK_LOOP ",4", "OK"}, {"Z1," TALK_LOOP ",4", "OK"}, {"z0," TALK_LOOP ",4", "OK"},
         {"Z0," TALK_STORE ",4", "OK"}, {"c", "T05thread:1;core:0;20:0800008000000000;*"}, {"z1," TALK_LOOP ",4", "OK"},
         {"c", "T05thread:1;core:0;20:0c00008000000000;*"});
}

static void steps_pass_one_instruction_or_a_range(void **state)
{
    (void)state;
    TALK(1, UP_TO_LOOP, {"z0," TALK_LOOP ",4", "OK"}, {"s", "T05*"}, {"p20", "0c00008000000000"}, {"vCont;s:1", "T05*"},
         {"p20", "1000008000000000"}, {"vCont;r80000010,80000018:1", "T05*"}, {"p20", "0800008000000000"},
         {"s80000000", "T05*"}, {"p20", "0400008000000000"}, {"vCont;S05:1", "T05*"}, {"p20", "0800008000000000"});
}

static void ctrl_c_stops_what_runs(void **state)
{
    (void)state;
    TALK(1, {"c", NULL}, {"\003", "T02*"}, {"vCont;c", NULL}, {"vCtrlC", "OK|T02*"}, {"vCtrlC", "OK"});
}

static void while_it_runs_only_questions_are_answered(void **state)
{
    (void)state;
    TALK(1, {"c", NULL}, {"g", "E10"}, {"m0,1", "E10"}, {"Z0,0,4", "E10"}, {"qC", "QC1"}, {"\003", "T02*"});
}

static void harts_are_threads(void **state)
{
    (void)state;
    TALK(3, {"qSupported:multiprocess+", "*"}, {"qfThreadInfo", "mp1.1,p1.2,p1.3"}, {"qsThreadInfo", "l"},
         {"qC", "QCp1.1"}, {"Tp1.3", "OK"}, {"Tp1.4", "E03"}, {"Tp2.1", "E03"}, {"Hgp1.2", "OK"}, {"qC", "QCp1.2"},
         {"qThreadExtraInfo,p1.2", "6861727420312c204d206d6f64652c2072756e6e696e67"},
         {"vCont;s:p1.2", "T05thread:p1.2;*"}, {"p20", "0410000000000000"}, {"Hgp1.1", "OK"},
         {"p20", "0010000000000000"}, {"vCont;s:p1.3;c:p1.2", "T05thread:p1.3;*"}, {"Hgp1.1", "OK"},
         {"p20", "0010000000000000"}, {"vCont;t:p1.-1", "T00*"}, {"vCont;x", "E16"}, {"vCont;c:p1.9", "E16"},
         {"Hcp1.3", "OK"}, {"s", "T05thread:p1.3;*"}, {"Hz1", "E16"}, {"Hg", "E03"}, {"H", "E16"});
}

static void documents_come_in_parts(void **state)
{
    (void)state;
    TALK(2, {"qXfer:features:read:target.xml:0,5", "m<?xml"}, {"qXfer:features:read:target.xml:5,4", "m ver"},
         {"qXfer:features:read:target.xml:ffffffff,5", "l"}, {"qXfer:features:read:other.xml:0,5", "E16"},
         {"qXfer:features:read:target.xml:0", "E16"}, {"qXfer:memory-map:read::0,fff", "l<?xml*"},
         {"qXfer:threads:read::16,22", "m<threads>\n<thread id=\"1\" core=\"0\">"}, {"qXfer:auxv:read::0,4", ""});
}

static void addresses_may_be_physical(void **state)
{
    (void)state;
    /* satp points to an empty table, and S mode translates by it. */
    TALK(1, {"P1c1=0500080000000080", "OK"}, {"P1041=0100000000000000", "OK"}, {"m" TALK_BASE ",1", "E0e"},
         {"qqemu.PhyMemMode", "0"}, {"Qqemu.PhyMemMode:1", "OK"}, {"qqemu.PhyMemMode", "1"}, {"m" TALK_BASE ",1", "17"},
         {"Qqemu.PhyMemMode:2", "OK"}, {"m" TALK_BASE ",1", "17"}, {"Qqemu.PhyMemMode:3", "E16"},
         {"Qqemu.PhyMemMode:0", "OK"}, {"m" TALK_BASE ",1", "E0e"});
}

static void the_monitor_gets_lines_and_its_output_is_shown(void **state)
{
    (void)state;
    TALK(1, {"qRcmd,zz", "E16"}, {"qRcmd,6100", "E16"}, {"qRcmd,", "OK"}, {"qRcmd,696e666f", "O696e666f|OK"});
}

static void errors_are_in_words_for_those_who_want_them(void **state)
{
    (void)state;
    TALK(1, {"qSupported:error-message+", "*"}, {"m8,1", "E.there is no memory*"}, {"c", NULL},
         {"g", "E.the machine is running"}, {"\003", "T02*"});
}

static void a_detached_machine_runs_until_it_is_attached_again(void **state)
{
    (void)state;
    TALK(1, {"!", "OK"}, {"Z0," TALK_LOOP ",4", "OK"}, {"D;1", "OK"}, {"g", "E10"}, {"c", "E10"}, {"vAttach;2", "E03"},
         {"vAttach;1", "T05*"}, {"g", "*"}, {"c", NULL}, {"\003", "T02*"});
}

static void a_killed_machine_can_be_run_again(void **state)
{
    (void)state;
    TALK(1, {"!", "OK"}, {"P5=0100000000000000", "OK"}, {"vKill;7", "E03"}, {"vKill;1", "OK"}, {"?", "W00"},
         {"g", "E10"}, {"vRun;kernel", "T05*"}, {"p5", "0000000000000000"}, {"s", "T05*"}, {"R00", NULL},
         {"p20", "0010000000000000"});
}

static void steps_are_undone_one_by_one(void **state)
{
    (void)state;
    TALK(1, UP_TO_LOOP, {"z0," TALK_LOOP ",4", "OK"}, {"s", "T05*"}, {"s", "T05*"}, {"p5", "0100000000000000"},
         {"bs", "T05thread:1;core:0;20:0c00008000000000;*"}, {"bs", "T05*"}, {"p5", "0000000000000000"},
         {"p20", "0800008000000000"}, {"s", "T05*"}, {"p5", "0100000000000000"}, {"p20", "0c00008000000000"});
}

static void breakpoints_are_met_in_either_direction(void **state)
{
    (void)state;
    TALK(1, UP_TO_LOOP, {"c", "T05*"}, {"c", "T05*"}, {"p5", "0200000000000000"}, {"bc", "T05*"},
         {"p5", "0100000000000000"}, {"bc", "T05*"}, {"p5", "0000000000000000"}, {"bc", "T05*replaylog:begin;"},
         {"p20", "0010000000000000"}, {"c", "T05*"}, {"p5", "0000000000000000"}, {"p20", "0800008000000000"});
}

static void a_watchpoint_met_backwards_is_told_behind_its_access(void **state)
{
    (void)state;
    TALK(1, UP_TO_LOOP, {"c", "T05*"}, {"c", "T05*"}, {"z0," TALK_LOOP ",4", "OK"}, {"Z2," TALK_DATA ",8", "OK"},
         {"bc", "T05watch:" TALK_DATA ";*"}, {"p20", "1000008000000000"}, {"m" TALK_DATA ",1", "02"}, {"bs", "T05*"},
         {"p20", "0c00008000000000"}, {"m" TALK_DATA ",1", "01"}, {"bc", "T05watch:" TALK_DATA ";*"},
         {"m" TALK_DATA ",1", "01"}, {"bc", "T05*replaylog:begin;"}, {"c", "T05watch:*"}, {"m" TALK_DATA ",1", "01"});
}

static void coming_from_the_past_the_machine_stops_at_the_present(void **state)
{
    (void)state;
    TALK(1, UP_TO_LOOP, {"c", "T05*"}, {"z0," TALK_LOOP ",4", "OK"}, {"bs", "T05*"}, {"bs", "T05*"}, {"bs", "T05*"},
         {"c", "T05replaylog:end;*"}, {"p5", "0100000000000000"}, {"p20", "0800008000000000"}, {"s", "T05*"},
         {"p5", "0200000000000000"});
}

static void the_past_is_looked_at_but_not_changed(void **state)
{
    (void)state;
    TALK(1, UP_TO_LOOP, {"c", "T05*"}, {"bs", "T05*"}, {"P5=0900000000000000", "E16"}, {"M" TALK_DATA ",1:09", "E16"},
         {"X" TALK_DATA ",1:a", "E16"}, {"G11111111111111112222222222222222", "E16"}, {"s" TALK_BASE, "E16"},
         {"c" TALK_BASE, "E16"}, {"p5", "0100000000000000"}, {"m" TALK_DATA ",1", "01"}, {"c", "T05*"},
         {"P5=0900000000000000", "OK"}, {"p5", "0900000000000000"});
}

static void what_a_debugger_changed_is_changed_again_on_the_way_back(void **state)
{
    (void)state;
    TALK(1, UP_TO_LOOP, {"P5=0700000000000000", "OK"}, {"M" TALK_DATA ",8:5500000000000000", "OK"}, {"c", "T05*"},
         {"p5", "0800000000000000"}, {"bc", "T05*"}, {"s", "T05*"}, {"p5", "0800000000000000"},
         {"m" TALK_DATA ",1", "55"}, {"s", "T05*"}, {"m" TALK_DATA ",1", "08"});
}

static void behind_a_reset_there_is_no_way_back(void **state)
{
    (void)state;
    TALK(1, UP_TO_LOOP, {"R00", NULL}, {"bs", "T05*replaylog:begin;"}, {"bc", "T05*replaylog:begin;"},
         {"p20", "0010000000000000"}, {"c", "T05*"}, {"bs", "T05*"}, {"p20", "0400008000000000"});
}

static void without_history_a_debugger_is_told_so(void **state)
{
    (void)state;
    TALK_WITH(1, false, {"qSupported", "*;qXfer:threads:read+"}, UP_TO_LOOP, {"bs", "O*|T05*replaylog:begin;"},
              {"bc", "O*|T05*replaylog:begin;"}, {"p20", "0800008000000000"}, {"c", "T05*"});
    TALK(1, {"qSupported", "*;ReverseStep+;ReverseContinue+"}, {"bcx", ""}, {"bs0", ""});
}

static void a_step_back_is_that_of_the_chosen_hart(void **state)
{
    (void)state;
    TALK(2, {"Z0," TALK_LOOP ",4", "OK"}, {"c", "T05*"}, {"z0," TALK_LOOP ",4", "OK"}, {"Z2," TALK_DATA ",8", "OK"},
         {"c", "T05watch:*"}, {"c", "T05watch:*"}, {"z2," TALK_DATA ",8", "OK"}, {"vCont;c:2;t", NULL},
         {"\003", "T02*"}, {"Hc1", "OK"}, {"bs", "T05thread:1;*"}, {"Hg1", "OK"}, {"s", "T05thread:1;*"}, {"Hc2", "OK"},
         {"bs", "T05thread:2;*"}, {"Hc9", "E03"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_debugger_finds_the_machine_paused_at_its_reset),
        cmocka_unit_test(both_sides_say_what_they_can),
        cmocka_unit_test(what_is_not_known_is_answered_by_nothing),
        cmocka_unit_test(registers_are_read_and_written),
        cmocka_unit_test(memory_is_read_and_written),
        cmocka_unit_test(a_range_of_like_pages_is_described),
        cmocka_unit_test(an_interrupt_is_not_claimed_and_a_byte_not_eaten_by_a_look),
        cmocka_unit_test(breakpoints_stop_before_and_watchpoints_behind),
        cmocka_unit_test(a_breakpoint_set_in_two_ways_goes_with_the_last),
        cmocka_unit_test(steps_pass_one_instruction_or_a_range),
        cmocka_unit_test(ctrl_c_stops_what_runs),
        cmocka_unit_test(while_it_runs_only_questions_are_answered),
        cmocka_unit_test(harts_are_threads),
        cmocka_unit_test(documents_come_in_parts),
        cmocka_unit_test(addresses_may_be_physical),
        cmocka_unit_test(the_monitor_gets_lines_and_its_output_is_shown),
        cmocka_unit_test(errors_are_in_words_for_those_who_want_them),
        cmocka_unit_test(a_detached_machine_runs_until_it_is_attached_again),
        cmocka_unit_test(a_killed_machine_can_be_run_again),
        cmocka_unit_test(steps_are_undone_one_by_one),
        cmocka_unit_test(breakpoints_are_met_in_either_direction),
        cmocka_unit_test(a_watchpoint_met_backwards_is_told_behind_its_access),
        cmocka_unit_test(coming_from_the_past_the_machine_stops_at_the_present),
        cmocka_unit_test(the_past_is_looked_at_but_not_changed),
        cmocka_unit_test(what_a_debugger_changed_is_changed_again_on_the_way_back),
        cmocka_unit_test(behind_a_reset_there_is_no_way_back),
        cmocka_unit_test(without_history_a_debugger_is_told_so),
        cmocka_unit_test(a_step_back_is_that_of_the_chosen_hart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
