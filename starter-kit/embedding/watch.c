/* SPDX-License-Identifier: MIT */
/* watch KERNEL [STEPS]: runs a kernel in a machine of libmicrovm, step budget by step budget, shows what it writes to its
 * console, and says at the end where it stands and how many traps it took. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <microvm.h>

static void on_output(void *owner, const uint8_t *bytes, size_t count)
{
    (void)owner;
    fwrite(bytes, 1, count, stdout);
}

static void on_message(void *owner, const char *line)
{
    (void)owner;
    fprintf(stderr, "machine: %s\n", line);
}

static void on_trap(void *owner, const struct microvm_trap *trap)
{
    uint64_t *traps = owner;
    (void)trap;
    ++*traps;
}

static int complain(const char *what)
{
    fprintf(stderr, "watch: %s\n", what);
    return EXIT_FAILURE;
}

/* The instruction that hart 0 makes next, and where. */
static void print_place(struct microvm *vm)
{
    uint64_t pc, offset;
    uint32_t bits = 0;
    const char *name;
    char text[80];
    microvm_get_register(vm, 0, "pc", &pc);
    if (!microvm_read(vm, 0, MICROVM_VIRTUAL, pc, &bits, sizeof bits))
        return;
    microvm_disassemble(vm, bits, pc, text, sizeof text);
    if (microvm_symbol_at(vm, pc, &name, &offset))
        printf("next: %s at 0x%" PRIx64 " (%s+%" PRIu64 ")\n", text, pc, name, offset);
    else
        printf("next: %s at 0x%" PRIx64 "\n", text, pc);
}

int main(int argc, char **argv)
{
    static const char *const reasons[] = {
        "its steps are made", "it was stopped", "a breakpoint", "a watchpoint", "it waits for input", "it has ended",
        "it wants a reset", "it is stuck"};
    char error[256];
    uint64_t traps = 0;
    struct microvm_result result = {0};
    struct microvm_hooks hooks = {
        .size = sizeof hooks, .owner = &traps, .console_output = on_output, .message = on_message, .trap = on_trap};

    if (argc < 2)
        return complain("name a kernel, and perhaps a number of steps");
    uint64_t budget = argc > 2 ? strtoull(argv[2], NULL, 0) : 100000000;
    struct microvm *vm = microvm_create(NULL, error, sizeof error);
    if (vm == NULL)
        return complain(error);
    bool ran = microvm_set_hooks(vm, &hooks) && microvm_load_file(vm, argv[1], MICROVM_ANYWHERE);
    while (ran && result.reason == MICROVM_BUDGET && microvm_steps(vm) < budget) {
        uint64_t left = budget - microvm_steps(vm);
        ran = microvm_run(vm, left < 1000000 ? left : 1000000, &result);
    }
    if (ran) {
        printf("\n%s: %s after %" PRIu64 " steps and %" PRIu64 " traps\n", argv[1], reasons[result.reason],
               microvm_steps(vm), traps);
        print_place(vm);
    } else {
        complain(microvm_error(vm));
    }
    microvm_destroy(vm);
    return ran ? result.status : EXIT_FAILURE;
}
