/* SPDX-License-Identifier: MIT */
#include "host/shared_library.h"

#include <dlfcn.h>
#include <string.h>

static bool find(const struct shared_library *library, void *handle, const struct shared_symbol *symbol, void *table,
                 struct error *err)
{
    void *address = dlsym(handle, symbol->name);
    memcpy((char *)table + symbol->offset, &address, sizeof address);
    return address != NULL || symbol->optional ||
           error_set(err, "the library %s has no %s: %s is needed", library->file, symbol->name,
                     library->version != NULL ? library->version : "another version");
}

void *shared_library_open(const struct shared_library *library, void *table, struct error *err)
{
    void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        error_set(err, "%s (%s)", library->missing, dlerror());
        return NULL;
    }
    for (size_t i = 0; i < library->count; i++) {
        if (find(library, handle, &library->symbols[i], table, err))
            continue;
        dlclose(handle);
        return NULL;
    }
    return handle;
}
