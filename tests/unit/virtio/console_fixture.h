/* SPDX-License-Identifier: MIT */
/* A VirtIO console in a slot, with fake ports behind it. Include cmocka.h first. */
#ifndef MICROVM_TESTS_UNIT_VIRTIO_CONSOLE_FIXTURE_H
#define MICROVM_TESTS_UNIT_VIRTIO_CONSOLE_FIXTURE_H

#include "fake_port.h"
#include "slot_fixture.h"
#include "virtio/console.h"

#define PORTS 3 /* at most */

struct rig {
    struct fake_port ports[PORTS];
    struct virtio_console *console;
    struct slot *slot;
};

/* Each of the ports leads to the rig's one of the same number. */
static inline struct rig *rig_create(struct virtio_console_port *ports, unsigned count)
{
    struct rig *rig = test_calloc(1, sizeof *rig);
    for (unsigned i = 0; i < count; i++)
        ports[i].backend = fake_port_backend(&rig->ports[i]);
    rig->console = virtio_console_create(ports, count);
    rig->slot = slot_create(virtio_console_device(rig->console), false, 0);
    return rig;
}

static inline int tear_down(void **state)
{
    struct rig *rig = *state;
    slot_destroy(rig->slot);
    virtio_console_destroy(rig->console);
    test_free(rig);
    return 0;
}

#endif
