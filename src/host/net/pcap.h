/* SPDX-License-Identifier: MIT */
/* A capture of frames in the pcap format (nanoseconds, Ethernet), for tcpdump and Wireshark. Owns the file. */
#ifndef MICROVM_HOST_NET_PCAP_H
#define MICROVM_HOST_NET_PCAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct pcap;

/* Creates or empties the file. NULL: err says why. */
struct pcap *pcap_open(const char *path, struct error *err);

/* Each frame is in the file when this returns. False: the host has refused it, err says why, and nothing is written any
 * more; true from then on. */
bool pcap_write(struct pcap *pcap, uint64_t unix_ns, const uint8_t *frame, size_t length, struct error *err);

/* Accepts NULL. */
void pcap_close(struct pcap *pcap);

#endif
