/* SPDX-License-Identifier: MIT */
/* The order in which tables reach the file (qcow2_impl.h says why). */
#include "host/disk/qcow2_impl.h"

/* Stable so far. */
static int then_sync(struct qcow2 *q, int error, bool needed)
{
    return error == 0 && needed ? disk_io_sync(&q->io) : error;
}

int qcow2_commit(struct qcow2 *q)
{
    bool tables = q->cache.dirty_count[QCOW2_PAGE_L2] > 0 || q->l1.dirty;
    int error = qcow2_cache_write(q, QCOW2_PAGE_REFCOUNT);
    error = then_sync(q, error, tables || q->reftable.dirty);
    if (error == 0 && q->reftable.dirty) {
        error = qcow2_table_write(q, &q->reftable);
        error = then_sync(q, error, tables);
    }
    if (error == 0)
        error = qcow2_cache_write(q, QCOW2_PAGE_L2);
    if (error == 0 && q->l1.dirty) {
        error = disk_io_sync(&q->io);
        error = error == 0 ? qcow2_table_write(q, &q->l1) : error;
    }
    error = then_sync(q, error, true);
    if (error == 0)
        qcow2_free_now(q);
    return error;
}
