/* SPDX-License-Identifier: MIT */
/* Makes a kernel from C and assembly: an ELF file, and the same as a flat image. Everything is compiled each time, so that what is there is
 * always what the sources say, and warnings are seen until they are heeded. */
#ifndef MICROVM_PROJECT_BUILD_H
#define MICROVM_PROJECT_BUILD_H

#include "project/folder.h"

struct build_request {
    struct project_names names;
    const char *compiler; /* NULL: the first that will do */
    const char *flags;    /* for the compiler, behind ours; NULL: none */
    bool dependencies;    /* let the compiler write what it reads, for dependencies_read */
    bool verbose;         /* show each command on standard error, as one could type it */
};

enum build_end {
    BUILD_DONE,
    BUILD_REFUSED, /* the compiler or linker has said what is wrong with the sources */
    BUILD_LACKED,  /* nothing could be built, and what is missing has been said */
    BUILD_FAILED,  /* err says why nothing could be built */
};

/* The project is filled in either way; project_destroy is due. After a failure there is no ELF file, not even an older one. */
enum build_end build(const struct build_request *request, struct project *project, struct error *err);

#endif
