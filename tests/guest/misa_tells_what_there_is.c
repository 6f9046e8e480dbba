/* SPDX-License-Identifier: MIT */
/* misa is there (norm:misa_csr_implemented, norm:misa_always_rd), says 64 bits (norm:misa_mxl_op_isa, norm:misa_mxl_op_nz),
 * I, S, U and the extensions of this machine (norm:misa_i_op, norm:misa_m_op, norm:misa_s_op, norm:misa_u_op,
 * norm:misa_extensions_enc_txt), no extension of nobody's (norm:misa_x_op), zero where it is reserved
 * (norm:misa_extensions_rsv_ret_0), and legal values whatever is written (norm:misa_acc, norm:misa_mxl_acc,
 * norm:misa_extensions_warl_op); what it tells after reset is all that there is (norm:misa_extensions_rst1). */
#include "lib/env.h"

#define LETTER(c) (UINT64_C(1) << ((c) - 'a'))
#define RESERVED (((UINT64_C(1) << 62) - 1) & ~((UINT64_C(1) << 26) - 1))

static void check(uint64_t first)
{
    uint64_t misa = CSR_READ(misa);
    expect(1, misa, first);
    expect(2, misa >> 62, 2);
    expect(3, misa & RESERVED, 0);
    uint64_t wanted = LETTER('a') | LETTER('c') | LETTER('d') | LETTER('f') | LETTER('i') | LETTER('m') | LETTER('s');
    wanted |= LETTER('u');
    expect(4, misa & wanted, wanted);
    expect(5, misa & (LETTER('e') | LETTER('x') | LETTER('v') | LETTER('q')), 0);
}

void test(void)
{
    uint64_t first = CSR_READ(misa);
    check(first);
    CSR_WRITE(misa, 0);
    CSR_WRITE(misa, UINT64_MAX);
    CSR_WRITE(misa, first);
    check(first);
    uint64_t value = 6;
    expect(6, TRY("mul %0, %0, %0\n amoadd.d zero, zero, (sp)\n fmv.d.x fa0, %0\n fmv.x.w %0, fa0", value, 0), NO_TRAP);
    expect(7, value, 36);
}
