/* SPDX-License-Identifier: MIT */
/* The goldfish real-time clock: nanoseconds since the Unix epoch in two halves, and one alarm. */
#ifndef MICROVM_DEVICES_GOLDFISH_RTC_H
#define MICROVM_DEVICES_GOLDFISH_RTC_H

#include "bus/device.h"
#include "bus/irq.h"
#include "bus/time_source.h"

#define GOLDFISH_RTC_SIZE UINT64_C(0x1000)

struct goldfish_rtc;

/* time gives the clock (unix_ns); irq is the alarm's line. Both are copied. NULL: out of memory. */
struct goldfish_rtc *goldfish_rtc_create(const struct time_source *time, const struct irq_line *irq);
void goldfish_rtc_destroy(struct goldfish_rtc *rtc);
const struct device *goldfish_rtc_device(const struct goldfish_rtc *rtc);

/* Fires the alarm if the clock has reached it. */
void goldfish_rtc_update(struct goldfish_rtc *rtc);

/* The tick after now (the present tick) by which the alarm is due; UINT64_MAX: no alarm is armed.
 */
uint64_t goldfish_rtc_next_deadline(const struct goldfish_rtc *rtc, uint64_t now);

#endif
