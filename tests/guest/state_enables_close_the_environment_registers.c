/* SPDX-License-Identifier: MIT */
/* norm:mstateen0_envcfg_op, norm:hstateen0_envcfg_op: senvcfg and henvcfg; norm:mstateen_bit_63_op, norm:hstateen_bit_63_op: sstateen and
 * hstateen of the same number. What M mode closes is illegal below; what the hypervisor closes, a virtual instruction
 * (norm:stateen_illegal_state_access). norm:stateen_op: a register never binds its own level.
 * norm:mstateen_lower_priv_roz, norm:hstateen_bit_63_writable, norm:stateen_reserved_roz: which bits there are. */
#include "lib/virt.h"

static uint64_t read_senvcfg(uint64_t unused)
{
    return TRY("csrr %0, senvcfg", unused, 0);
}

static uint64_t read_henvcfg(uint64_t unused)
{
    return TRY("csrr %0, henvcfg", unused, 0);
}

static uint64_t read_sstateen(uint64_t n)
{
    return n == 0 ? TRY("csrr %0, sstateen0", n, 0) : TRY("csrr %0, sstateen2", n, 0);
}

static uint64_t read_hstateen(uint64_t n)
{
    return n == 0 ? TRY("csrr %0, hstateen0", n, 0) : TRY("csrr %0, hstateen2", n, 0);
}

static uint64_t for_hs(bool m)
{
    return m ? NO_TRAP : CAUSE_ILLEGAL;
}

static uint64_t for_vs(bool m, bool h)
{
    return m && !h ? CAUSE_VIRTUAL : for_hs(m);
}

static void check(uint64_t n, bool m_se, bool m_env, bool h_se, bool h_env)
{
    uint64_t m = (m_se ? STATEEN_SE : 0) | (m_env ? STATEEN_ENVCFG : 0);
    uint64_t h = (h_se ? STATEEN_SE : 0) | (h_env ? STATEEN_ENVCFG : 0);
    CSR_WRITE(mstateen0, UINT64_MAX);
    CSR_WRITE(mstateen2, UINT64_MAX);
    CSR_WRITE(hstateen0, h);
    CSR_WRITE(hstateen2, h);
    CSR_WRITE(mstateen0, m);
    CSR_WRITE(mstateen2, m);
    expect(1, CSR_READ(hstateen0), h & m);
    expect(2, CSR_READ(mstateen2), m & STATEEN_SE);
    expect(3, run_in_mode(IN_HS, read_sstateen, n), for_hs(m_se));
    expect(4, run_in_mode(IN_HS, read_hstateen, n), for_hs(m_se));
    expect(5, run_in_mode(IN_VS, read_sstateen, n), for_vs(m_se, h_se));
    expect(6, run_in_mode(IN_VS, read_hstateen, n), for_vs(m_se, false));
    expect(7, run_in_mode(IN_HS, read_senvcfg, 0), for_hs(m_env));
    expect(8, run_in_mode(IN_HS, read_henvcfg, 0), for_hs(m_env));
    expect(9, run_in_mode(IN_VS, read_senvcfg, 0), for_vs(m_env, h_env));
    expect(10, run_in_mode(IN_VU, read_senvcfg, 0), for_vs(m_env, false));
    expect(11, run_in_mode(IN_U, read_senvcfg, 0), CAUSE_ILLEGAL);
    expect(12, run_in_mode(IN_VU, read_sstateen, n), for_vs(m_se, false));
    uint64_t unused = 0;
    expect(13, TRY("csrr %0, senvcfg\n csrr %0, henvcfg\n csrr %0, sstateen0\n csrr %0, hstateen3", unused, 0),
           NO_TRAP);
}

void test(void)
{
    CSR_WRITE(mstateen0, UINT64_MAX);
    expect(20, CSR_READ(mstateen0), STATEEN_SE | STATEEN_ENVCFG);
    CSR_WRITE(mstateen1, UINT64_MAX);
    expect(21, CSR_READ(mstateen1), STATEEN_SE);
    CSR_WRITE(hstateen1, UINT64_MAX);
    expect(22, CSR_READ(hstateen1), STATEEN_SE);
    CSR_WRITE(sstateen0, UINT64_MAX);
    expect(23, CSR_READ(sstateen0), 0);
    for (unsigned i = 0; i < 32; i++)
        check(i & 16 ? 2 : 0, i & 1, i & 2, i & 4, i & 8);
}
