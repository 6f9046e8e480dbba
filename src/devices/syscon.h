/* SPDX-License-Identifier: MIT */
/* The test finisher (sifive,test1, sifive,test0, syscon): one register through which the guest ends
 * the machine. */
#ifndef MICROVM_DEVICES_SYSCON_H
#define MICROVM_DEVICES_SYSCON_H

#include "bus/device.h"

#define SYSCON_SIZE UINT64_C(0x1000)

enum { SYSCON_FAIL = 0x3333, SYSCON_PASS = 0x5555, SYSCON_RESET = 0x7777 };
enum syscon_request { SYSCON_REQUEST_PASS, SYSCON_REQUEST_FAIL, SYSCON_REQUEST_RESET };

/* code: the guest's failure code, 0 for the other requests. */
typedef void syscon_stop_fn(void *owner, enum syscon_request request, uint32_t code);

struct syscon;

/* stop is called from within the store. NULL: out of memory. */
struct syscon *syscon_create(syscon_stop_fn *stop, void *owner);
void syscon_destroy(struct syscon *syscon);
const struct device *syscon_device(const struct syscon *syscon);

#endif
