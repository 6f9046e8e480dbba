/* SPDX-License-Identifier: MIT */
/* What the parts of the spec parser share: the test that is being built. */
#ifndef MICROVM_GRADE_SPEC_IMPL_H
#define MICROVM_GRADE_SPEC_IMPL_H

#include "grade/spec.h"
#include "grade/syntax.h"

struct spec_builder {
    struct grade_spec *spec;
    const struct grade_options *options;
    const char *folder; /* of the spec file, with its slash; "": the present one */
    struct grade_test *test;
    struct error *err;
};

/* Applies a line to the test; false: err says what is wrong, without the place. */
bool spec_key_apply(struct spec_builder *builder, const struct syntax_line *line);

/* Whether a section may have several lines of this key or option. */
bool spec_key_may_repeat(const struct grade_options *options, const char *key);

/* Allocates what lives as long as the spec. NULL: out of memory, err says so. */
void *spec_keep(struct spec_builder *builder, size_t bytes);

#endif
