/* SPDX-License-Identifier: MIT */
/* The text of --gpu: how many screens a machine has, and how large they are at first. */
#ifndef MICROVM_HOST_DISPLAY_GPU_OPTIONS_H
#define MICROVM_HOST_DISPLAY_GPU_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define GPU_MAX_HEADS 4u
#define GPU_SIZE_LEAST 64u
#define GPU_SIZE_MOST 4095u /* what a monitor's description has bits for */

struct gpu_options {
    uint32_t width, height;
    unsigned heads;
};

/* Parses "[WIDTHxHEIGHT][,heads=N]"; empty: 1280x800, one head. */
bool gpu_options_parse(const char *text, struct gpu_options *options, struct error *err);

/* The opposite. */
void gpu_options_describe(const struct gpu_options *options, char *text, size_t size);

#endif
