/* SPDX-License-Identifier: MIT */
/* The monitor's commands on a small machine: what they answer, and that those that look change nothing. */
#include "monitor/monitor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "devices/uart16550.h"
#include "machine/inspect.h"
#include "monitor/command.h"
#include "monitor_fixture.h"

#define FUNC "0x80000018"
#define LEAF "0x80000030"

/* A loop that calls func, which calls leaf, which counts; and stores the count. */
static const uint32_t program[] = {
    0x00002317,             /* 00: auipc t1, 2 */
    0x00004117,             /* 04: auipc sp, 4 */
    0x010000ef,             /* 08: LOOP: jal FUNC */
    0x00533023,             /* 0c: sd t0, 0(t1) */
    0x00033383,             /* 10: ld t2, 0(t1) */
    0xff5ff06f,             /* 14: j LOOP */
    0xff010113,             /* 18: FUNC: addi sp, sp, -16 */
    0x00113423,             /* 1c: sd ra, 8(sp) */
    0x010000ef,             /* 20: jal LEAF */
    0x00813083,             /* 24: ld ra, 8(sp) */
    0x01010113,             /* 28: addi sp, sp, 16 */
    0x00008067,             /* 2c: ret */
    0x00128293,             /* 30: LEAF: addi t0, t0, 1 */
    0x00008067,             /* 34: ret */
    0x00000000, 0x6c6c6548, /* 3c: "Hello" */
    0x0000006f,
};

static int set_up(void **state)
{
    struct monitor_rig *rig = malloc(sizeof *rig);
    assert_non_null(rig);
    monitor_rig_create(rig, program, sizeof program, 2);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    monitor_rig_destroy(*state);
    free(*state);
    return 0;
}

static struct hart *hart_of(struct monitor_rig *rig)
{
    return machine_hart(rig->machine, 0);
}

/* The table. */

static void test_every_command_is_found_by_its_name_and_explained(void **state)
{
    struct monitor_rig *rig = *state;
    const struct monitor_command *c;
    for (unsigned i = 0; (c = monitor_command(i)) != NULL; i++) {
        char line[64];
        snprintf(line, sizeof line, "help %s", c->name);
        rig_expect(rig, line, c->meaning);
        rig_expect(rig, "help", c->meaning);
    }
}

static void test_unique_beginnings_are_enough(void **state)
{
    struct monitor_rig *rig = *state;
    rig_expect(rig, "i r", "zero 0x");
    rig_expect(rig, "inf ha", "hart 1");
    rig_expect(rig, "p 2+3", "0x5 = 5");
    rig_expect_failure(rig, "info", "may be: info regs");
    rig_expect_failure(rig, "st", "may be: step, stop");
}

static void test_an_unknown_command_names_the_nearest(void **state)
{
    struct monitor_rig *rig = *state;
    rig_expect_failure(rig, "braek", "did you mean break?");
    rig_expect_failure(rig, "info rgs", "did you mean regs?");
    rig_expect_failure(rig, "frobnicate", "unknown command 'frobnicate'");
    assert_null(strchr(rig->answer, '\n')[1] != '\0' ? rig->answer : NULL);
}

static void test_words_too_many_or_too_few_are_refused(void **state)
{
    struct monitor_rig *rig = *state;
    rig_expect_failure(rig, "break", "break: takes ADDRESS");
    rig_expect_failure(rig, "info regs now", "takes nothing");
    rig_expect_failure(rig, "a b c d e f g h i j k l m n o p q r", "at most 16 words");
    rig_expect_failure(rig, "step/4", "takes no /FMT");
    char line[2000];
    memset(line, 'a', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    rig_expect_failure(rig, line, "at most 1023 bytes");
}

static void test_what_an_error_repeats_cannot_drive_a_terminal(void **state)
{
    struct monitor_rig *rig = *state;
    rig_expect_failure(rig, "\033]0;x", "'?]0;x'");
}

/* Values. */

static void test_expressions_add_registers_numbers_and_symbols(void **state)
{
    struct monitor_rig *rig = *state;
    hart_of(rig)->x[10] = 0x100;
    rig_expect(rig, "print a0+8", "0x108 = 264");
    rig_expect(rig, "print $a0 - 0x10 + 1", "0xf1");
    rig_expect(rig, "print -1", "0xffffffffffffffff = -1");
    rig_expect(rig, "x10", "0x100");
    rig_expect(rig, "mhartid", "0x0");
    rig_expect(rig, "print/t 5", "101\n");
    rig_expect(rig, "print/d 0xffffffffffffffff", "-1\n");
    rig_expect(rig, "print/c 65", "65 'A'");
    rig_expect(rig, "print/f 0x3ff8000000000000", "1.5\n");
    rig_expect_failure(rig, "print 12abc", "is no number");
    rig_expect_failure(rig, "print nosuch", "no register or symbol");
    rig_expect_failure(rig, "print 1+", "is no value");
    rig_expect_failure(rig, "print 0x10000000000000000", "is no number");
}

static void test_registers_and_csrs_are_written_by_their_rules(void **state)
{
    struct monitor_rig *rig = *state;
    rig_expect(rig, "set a0 0x1234", "");
    assert_int_equal(hart_of(rig)->x[10], 0x1234);
    rig_expect(rig, "set sepc = 0x80000101", "sepc is 0x80000100");
    rig_expect(rig, "set pc 0x80000008", "");
    assert_int_equal(hart_of(rig)->pc, 0x80000008);
    rig_expect_failure(rig, "set zero 1", "cannot be written");
    rig_expect_failure(rig, "set nothing 1", "no register 'nothing'");
    rig_expect(rig, "set fa0 0x3ff8000000000000", "");
    rig_expect(rig, "info fregs", "1.5");
}

static void test_csrs_are_shown_field_by_field(void **state)
{
    struct monitor_rig *rig = *state;
    rig_expect(rig, "set mstatus 0x1800", "");
    rig_expect(rig, "info csrs mstatus", "12:11 MPP        0x3");
    rig_expect(rig, "info csrs", "mtvec");
    rig_expect_failure(rig, "info csrs mtsatus", "no CSR");
}

/* Memory. */

static void test_memory_is_examined_as_gdb_does(void **state)
{
    struct monitor_rig *rig = *state;
    rig_expect(rig, "x/2xw 0x80000000", "0x80000000: 0x00002317 0x00004117\n");
    rig_expect(rig, "", "0x80000008: 0x010000ef 0x00533023\n");
    rig_expect(rig, "x/1xg 0x80000000", "0x80000000: 0x0000411700002317\n");
    rig_expect(rig, "x/3xb 0x80000000", "0x80000000: 0x17 0x23 0x00\n");
    rig_expect(rig, "x/s 0x8000003c", "\"Hello");
    rig_expect(rig, "x/2i 0x80000018", "addi sp, sp, -16\n");
    rig_expect(rig, "x 0x80000000 8", "0x80000010: 0x00033383 0xff5ff06f 0xff010113 0x00113423\n");
    rig_expect(rig, "xp/1uw 0x80000000", "8983\n");
    rig_expect(rig, "disasm 0x80000008 2", FUNC);
    rig_expect(rig, "disasm 0x80000008 2 # and no more", FUNC);
    rig_expect(rig, "disasm 1", "=> 0x1000: ");
    rig_expect(rig, "disasm 2       # at pc", "\n   0x1004: ");
    rig_expect_failure(rig, "disasm 1025 # is an address", "no memory");
    rig_expect_failure(rig, "x/4q 0x80000000", "a format is");
    rig_expect_failure(rig, "x/1xw 0x40000000", "no memory or register at physical 0x40000000");
    rig_expect_failure(rig, "x/99999xw 0x80000000", "a count is at most");
    rig_expect(rig, "xp 0x80fffffc", "0x80fffffc: 0x00000000\n");
    rig_expect_failure(rig, "xp/2xw 0x80fffffc", "cannot read physical 0x81000000");
}

static void test_written_memory_is_what_was_written(void **state)
{
    struct monitor_rig *rig = *state;
    rig_expect(rig, "set mem 0x80002000 0x1122334455667788", "");
    rig_expect(rig, "set mem 0x80002002 0xff b", "");
    rig_expect(rig, "x/xg 0x80002000", "0x1122334455ff7788");
    rig_expect(rig, "set mem 0x80002000 7 w p", "");
    rig_expect(rig, "x/xw 0x80002000", "0x00000007");
    rig_expect_failure(rig, "set mem 0x80002000 7 q", "none of b h w g p");
    rig_expect_failure(rig, "set mem 0x40000000 7", "cannot write 8 bytes");
}

/* Looking is not touching: nothing that has state is another afterwards. */
static void test_what_looks_changes_nothing(void **state)
{
    struct monitor_rig *rig = *state;
    const struct monitor_command *c;
    uint64_t taken;
    assert_true(
        bus_write(machine_bus(rig->machine), 0x10000001, 1, 1)); /* it interrupts, and the PLIC is to pass it on */
    assert_int_equal(uart16550_receive(machine_uart(rig->machine), (const uint8_t *)"k", 1), 1);
    assert_true(bus_write(machine_bus(rig->machine), 0xc000028, 4, 1));
    assert_true(bus_write(machine_bus(rig->machine), 0xc002000, 4, 1 << 10));
    uint64_t before = machine_state_hash(rig->machine);
    for (unsigned i = 0; (c = monitor_command(i)) != NULL; i++)
        if (strncmp(c->name, "info ", 5) == 0)
            rig_do(rig, c->name);
    static const char *const looks[] = {
        "info devices plic", "info devices uart16550", "info devices clint", "explain trap",   "explain va 0x80000000",
        "x/32xb 0x10000000", "xp/8xw 0xc200000",       "x/2xg 0x200bff8",    "info pagetable", "disasm"};
    for (unsigned i = 0; i < ARRAY_SIZE(looks); i++)
        rig_do(rig, looks[i]);
    assert_int_equal(machine_state_hash(rig->machine), before);
    assert_true(bus_read(machine_bus(rig->machine), 0xc200004, 4, &taken));
    assert_int_equal(taken, 10);
    assert_true(bus_read(machine_bus(rig->machine), 0x10000000, 1, &taken));
    assert_int_equal(taken, 'k');
}

static void test_devices_are_shown_register_by_register(void **state)
{
    struct monitor_rig *rig = *state;
    rig_expect(rig, "info devices", "uart16550");
    rig_expect(rig, "info devices uart16550", "LSR");
    rig_expect(rig, "info mtree", "0x0000000080000000-0x0000000080ffffff  RAM");
    rig_expect(rig, "info virtio", "virtio-rng");
    rig_expect(rig, "info mem", "entry");
    rig_expect(rig, "info stats", "steps 0,");
    rig_expect_failure(rig, "info sbi", "not at work");
    rig_expect_failure(rig, "info devices modem", "no device 'modem'");
}

static void test_pending_and_enabled_interrupts_are_told(void **state)
{
    struct monitor_rig *rig = *state;
    rig_expect(rig, "set mie 0x8", "");
    assert_true(bus_write(machine_bus(rig->machine), 0x2000000, 4, 1));
    rig_expect(rig, "info irq", " 3 machine software interrupt          yes      yes      M\n");
    assert_true(bus_write(machine_bus(rig->machine), 0xc000028, 4, 5));
    assert_true(bus_write(machine_bus(rig->machine), 0xc002080, 4, 1 << 10));
    rig_expect(rig, "info irq", "source 10: priority 5, not pending; enabled for hart 0 S (threshold 0)\n");
}

/* Running. */

static void expect_pc(struct monitor_rig *rig, uint64_t pc)
{
    assert_int_equal(hart_of(rig)->pc, pc);
}

static void start_steps(struct monitor_rig *rig)
{
    rig_expect(rig, "step 3", "");
}

static void after_steps(struct monitor_rig *rig)
{
    expect_pc(rig, 0x80000018);
    assert_int_equal(machine_hart(rig->machine, 1)->pc, machine_hart(rig->machine, 1)->reset_pc);
    rig_expect(rig, "pc", "=> 0x80000018");
}

/* Hart 0 gets out of the ROM first. */
static void to_program(struct monitor_rig *rig)
{
    rig_expect(rig, "until 0x80000000", "temporary breakpoint 1");
}

static void test_steps_are_counted_and_the_other_hart_stands(void **state)
{
    static void (*const plan[])(struct monitor_rig *) = {start_steps, after_steps, NULL};
    struct monitor_rig *rig = *state;
    hart_of(rig)->pc = RIG_BASE;
    rig_run(rig, plan);
}

static void set_break(struct monitor_rig *rig)
{
    rig_expect(rig, "break " LEAF, "breakpoint 1 at " LEAF);
    rig_expect_failure(rig, "stop", "paused already");
    rig_expect(rig, "continue", "");
    rig_expect_failure(rig, "step", "stop it first");
}

static void at_break(struct monitor_rig *rig)
{
    assert_int_equal(hart_of(rig)->pc, 0x80000030);
    rig_expect(rig, "info breakpoints", "breakpoint 1 at " LEAF);
    rig_expect(rig, "finish", "");
}

static void behind_leaf(struct monitor_rig *rig)
{
    expect_pc(rig, 0x80000024);
    rig_expect(rig, "delete 1", "");
    rig_expect_failure(rig, "delete 1", "no breakpoint 1");
    rig_expect(rig, "finish", "");
}

static void behind_func(struct monitor_rig *rig)
{
    expect_pc(rig, 0x8000000c);
    rig_expect(rig, "until " FUNC, "");
}

/* At its first instruction a function has no frame yet, and what it calls is no return of its own. */
static void at_func(struct monitor_rig *rig)
{
    expect_pc(rig, 0x80000018);
    rig_expect(rig, "info breakpoints", "none");
    rig_expect(rig, "finish", "");
}

static void behind_func_again(struct monitor_rig *rig)
{
    expect_pc(rig, 0x8000000c);
    rig_expect(rig, "t0", "0x2");
}

static void test_breakpoints_hold_and_functions_finish(void **state)
{
    static void (*const plan[])(struct monitor_rig *) = {set_break, at_break,          behind_leaf, behind_func,
                                                         at_func,   behind_func_again, NULL};
    struct monitor_rig *rig = *state;
    hart_of(rig)->pc = RIG_BASE;
    machine_hart(rig->machine, 1)->wait = HART_STOPPED;
    rig_run(rig, plan);
}

static void set_watch(struct monitor_rig *rig)
{
    rig_expect(rig, "watch 0x80002000 8", "watchpoint 2 at 0x80002000, 8 bytes");
    rig_expect(rig, "continue", "");
}

static void at_store(struct monitor_rig *rig)
{
    expect_pc(rig, 0x80000010);
    rig_expect(rig, "delete", "");
    rig_expect(rig, "rwatch 0x80002000", "read watchpoint 3");
    rig_expect(rig, "continue", "");
}

static void at_load(struct monitor_rig *rig)
{
    expect_pc(rig, 0x80000014);
}

static void test_watchpoints_stop_behind_the_access(void **state)
{
    static void (*const plan[])(struct monitor_rig *) = {to_program, set_watch, at_store, at_load, NULL};
    struct monitor_rig *rig = *state;
    machine_hart(rig->machine, 1)->wait = HART_STOPPED;
    rig_run(rig, plan);
}

static void test_a_hart_is_chosen_by_its_number(void **state)
{
    struct monitor_rig *rig = *state;
    rig_expect(rig, "hart 1", "hart 1, M mode");
    rig_expect(rig, "mhartid", "0x1");
    rig_expect_failure(rig, "hart 2", "harts 0 to 1");
}

/* Explanations. */

static void test_an_address_is_explained_bit_by_bit(void **state)
{
    struct monitor_rig *rig = *state;
    struct guest_mem mem = machine_memory(rig->machine);
    guest_mem_write_u64(&mem, 0x80004000, UINT64_C(0x80005000) >> 2 | 1);
    guest_mem_write_u64(&mem, 0x80005000, UINT64_C(0x80200000) >> 2 | 0x1 | 0x2 | 0x10 | 0x40); /* V R U A, 2 MiB */
    rig_expect(rig, "set satp 0x8000000000080004", "");
    rig_expect(rig, "set pmpaddr0 0xffffffffffffffff", "");
    rig_expect(rig, "set pmpcfg0 0x1f", "");
    rig_expect(rig, "explain va 0x1234 load as u", "PMP at 0x80201234: granted");
    rig_expect(rig, "explain va 0x1234 store as u", "bit 2 (W) of the entry is clear");
    rig_expect(rig, "explain va 0x1234 execute as u", "bit 3 (X) of the entry is clear");
    rig_expect(rig, "explain va 0x1234 load as s", "with sstatus.SUM set");
    rig_expect(rig, "explain va 0x1234 as s hart 0", "Sv39, root table at 0x80004000");
    rig_expect(rig, "explain va 0x40000000 load as s", "bit 0 (V) of the entry is clear");
    rig_expect(rig, "explain va 0x8000000000 load as s", "the address is none of the scheme");
    rig_expect(rig, "explain va 0x1234 as m", "granted");
    rig_expect_failure(rig, "explain va 0x1234 as q", "none of u, s, m");
    rig_expect_failure(rig, "explain va 0x1234 perhaps", "not understood");
    rig_expect_failure(rig, "explain va 0x1234 hart 9", "no hart 9");
    rig_expect(rig, "info pagetable satp", "0x0000000000000000-0x00000000001fffff -> 0x00000080200000  R--U-\n");
    rig_expect_failure(rig, "info pagetable hgatp", "no translation");
    rig_expect(rig, "set pmpcfg0 0", "");
    rig_expect(rig, "explain va 0x1234 load as u", "no PMP entry matches");
}

static void test_tables_that_form_a_loop_come_to_an_end(void **state)
{
    struct monitor_rig *rig = *state;
    struct guest_mem mem = machine_memory(rig->machine);
    for (unsigned i = 0; i < 512; i++)
        guest_mem_write_u64(&mem, 0x80004000 + 8 * i, UINT64_C(0x80004000) >> 2 | 1);
    rig_expect(rig, "set satp 0xa000000000080004", "");
    rig_expect(rig, "info pagetable satp", "do they form a loop?");
}

static void illegal(struct monitor_rig *rig)
{
    struct guest_mem mem = machine_memory(rig->machine);
    guest_mem_write_u32(&mem, 0x80000000, 0);
    hart_of(rig)->pc = RIG_BASE;
    rig_expect(rig, "set mtvec 0x80000014", "");
    rig_expect(rig, "step", "");
}

static void trapped(struct monitor_rig *rig)
{
    expect_pc(rig, 0x80000014);
    rig_expect(rig, "explain trap", "latest trap into M mode: illegal instruction (mcause 0x2), from M mode");
    rig_expect(rig, "explain trap", "mepc 0x80000000");
    rig_expect(rig, "explain trap", "it came from M mode");
    rig_expect(rig, "explain trap", "no trap has gone to S mode");
}

/* As firmware leaves it that has started a kernel by mret, and serves no call. */
static void test_an_mret_is_not_taken_for_a_trap_into_m_mode(void **state)
{
    struct monitor_rig *rig = *state;
    rig_expect(rig, "set mepc 0x80000010", "");
    rig_expect(rig, "explain trap", "has taken no trap");
    rig_expect(rig, "set scause 8", "");
    rig_expect(rig, "explain trap", "no trap has gone to M mode");
    rig_expect(rig, "explain trap", "latest trap into S mode: environment call from U-mode");
}

static void test_a_trap_is_explained_with_its_place_and_reason(void **state)
{
    static void (*const plan[])(struct monitor_rig *) = {illegal, trapped, NULL};
    struct monitor_rig *rig = *state;
    rig_expect(rig, "explain trap", "no trap");
    rig_run(rig, plan);
}

static void test_the_log_says_more_when_asked_to(void **state)
{
    struct monitor_rig *rig = *state;
    rig_expect(rig, "log 2", "level 2");
    assert_int_equal(machine_config(rig->machine)->verbose, 2);
    rig_expect_failure(rig, "log 3", "none of 0, 1, 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_every_command_is_found_by_its_name_and_explained),
        TEST(test_unique_beginnings_are_enough),
        TEST(test_an_unknown_command_names_the_nearest),
        TEST(test_words_too_many_or_too_few_are_refused),
        TEST(test_what_an_error_repeats_cannot_drive_a_terminal),
        TEST(test_expressions_add_registers_numbers_and_symbols),
        TEST(test_registers_and_csrs_are_written_by_their_rules),
        TEST(test_csrs_are_shown_field_by_field),
        TEST(test_memory_is_examined_as_gdb_does),
        TEST(test_written_memory_is_what_was_written),
        TEST(test_what_looks_changes_nothing),
        TEST(test_devices_are_shown_register_by_register),
        TEST(test_pending_and_enabled_interrupts_are_told),
        TEST(test_steps_are_counted_and_the_other_hart_stands),
        TEST(test_breakpoints_hold_and_functions_finish),
        TEST(test_watchpoints_stop_behind_the_access),
        TEST(test_a_hart_is_chosen_by_its_number),
        TEST(test_an_address_is_explained_bit_by_bit),
        TEST(test_tables_that_form_a_loop_come_to_an_end),
        TEST(test_a_trap_is_explained_with_its_place_and_reason),
        TEST(test_an_mret_is_not_taken_for_a_trap_into_m_mode),
        TEST(test_the_log_says_more_when_asked_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
