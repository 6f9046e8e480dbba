/* SPDX-License-Identifier: MIT */
/* ELF executables (System V ABI; RISC-V ELF psABI): 64-bit, little-endian, EM_RISCV. Relocations are not applied:
 * firmware that is position-independent (OpenSBI) applies its own at its first instructions, and so does Linux. */
#include "machine/boot_image.h"

#include <elf.h>
#include <string.h>

#include "base/bits.h"

/* The largest page that linkers align segments to. */
#define MAX_HEADER_BYTES (UINT64_C(64) << 10)

struct elf {
    const struct boot_image_input *input;
    Elf64_Ehdr header;
    uint64_t lowest, highest; /* physical, as linked: of all segments' first and last bytes */
    uint64_t shift;           /* from there to where they go */
};

bool boot_elf_recognize(const uint8_t *bytes, uint64_t size)
{
    return size >= SELFMAG && memcmp(bytes, ELFMAG, SELFMAG) == 0;
}

static const char *machine_name(unsigned machine)
{
    static const struct {
        unsigned machine;
        const char *name;
    } known[] = {
        {EM_386, "32-bit x86"}, {EM_X86_64, "x86-64"}, {EM_ARM, "32-bit Arm"}, {EM_AARCH64, "64-bit Arm"},
        {EM_MIPS, "MIPS"},      {EM_PPC64, "POWER"},   {EM_S390, "S/390"},     {EM_LOONGARCH, "LoongArch"},
    };
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].machine == machine)
            return known[i].name;
    return "another machine";
}

/* The fields that are looked at before the class are laid out alike in 32-bit files. */
static bool check_target(const Elf64_Ehdr *header, struct error *err)
{
    if (header->e_ident[EI_CLASS] != ELFCLASS64 && header->e_ident[EI_CLASS] != ELFCLASS32)
        return error_set(err, "is a damaged ELF file (class %u)", header->e_ident[EI_CLASS]);
    if (header->e_ident[EI_DATA] != ELFDATA2LSB)
        return error_set(err, "is a big-endian ELF file; this machine wants little-endian RISC-V");
    if (header->e_machine != EM_RISCV)
        return error_set(err, "is an ELF file for %s (e_machine %u); this machine wants RISC-V",
                         machine_name(header->e_machine), header->e_machine);
    if (header->e_ident[EI_CLASS] != ELFCLASS64)
        return error_set(err, "is a 32-bit RISC-V ELF file; this machine wants 64-bit: build it with -march=rv64gc");
    return true;
}

static bool check_header(const Elf64_Ehdr *header, struct error *err)
{
    if (!check_target(header, err))
        return false;
    if (header->e_type == ET_REL)
        return error_set(err, "is an object file; link it into an executable first");
    if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
        return error_set(err, "is an ELF file of type %u, not an executable", header->e_type);
    if (header->e_phnum == 0 || header->e_phentsize != sizeof(Elf64_Phdr))
        return error_set(err, "is an ELF file without usable program headers (%u of %u bytes)", header->e_phnum,
                         header->e_phentsize);
    return true;
}

static bool take_header(Elf64_Ehdr *header, const uint8_t *bytes, uint64_t size, struct error *err)
{
    if (size < sizeof *header)
        return error_set(err, "is a truncated ELF file (%llu bytes)", (unsigned long long)size);
    memcpy(header, bytes, sizeof *header);
    return true;
}

bool boot_elf_glance(const uint8_t *bytes, uint64_t size, struct error *err)
{
    Elf64_Ehdr header;
    return take_header(&header, bytes, size, err) && check_header(&header, err);
}

bool boot_elf_check_target(const uint8_t *bytes, uint64_t size, struct error *err)
{
    Elf64_Ehdr header;
    return take_header(&header, bytes, size, err) && check_target(&header, err);
}

static bool read_header(struct elf *elf, struct error *err)
{
    const Elf64_Ehdr *header = &elf->header;
    if (!boot_elf_glance(elf->input->bytes, elf->input->size, err))
        return false;
    memcpy(&elf->header, elf->input->bytes, sizeof elf->header);
    if (!range_fits(header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf64_Phdr), elf->input->size))
        return error_set(err, "is truncated or damaged: program headers at %#llx, but the file has %llu bytes",
                         (unsigned long long)header->e_phoff, (unsigned long long)elf->input->size);
    return true;
}

static bool add_segment(struct boot_image *image, struct elf *elf, const Elf64_Phdr *program, struct error *err)
{
    uint64_t file_bytes = program->p_filesz, memory_bytes = program->p_memsz;
    if (!range_fits(program->p_offset, file_bytes, elf->input->size))
        return error_set(err,
                         "is truncated or damaged: a segment at %#llx of %#llx bytes, but the file has %#llx bytes",
                         (unsigned long long)program->p_offset, (unsigned long long)file_bytes,
                         (unsigned long long)elf->input->size);
    if (file_bytes > memory_bytes || program->p_paddr + (memory_bytes - 1) < program->p_paddr)
        return error_set(err, "is damaged: a segment at %#llx with %#llx bytes of file and %#llx of memory",
                         (unsigned long long)program->p_paddr, (unsigned long long)file_bytes,
                         (unsigned long long)memory_bytes);
    if (image->segment_count == BOOT_MAX_SEGMENTS)
        return error_set(err, "has more than %d segments to load", BOOT_MAX_SEGMENTS);
    image->segments[image->segment_count++] = (struct boot_segment){
        .gpa = program->p_paddr,
        .gva = program->p_vaddr,
        .mem_bytes = memory_bytes,
        .file_bytes = file_bytes,
        .bytes = elf->input->bytes + program->p_offset,
    };
    uint64_t last = program->p_paddr + (memory_bytes - 1);
    elf->lowest = program->p_paddr < elf->lowest ? program->p_paddr : elf->lowest;
    elf->highest = last > elf->highest ? last : elf->highest;
    return true;
}

static Elf64_Phdr program_at(const struct elf *elf, unsigned n)
{
    Elf64_Phdr program;
    memcpy(&program, elf->input->bytes + elf->header.e_phoff + n * sizeof program, sizeof program);
    return program;
}

/* True for a byte of the file that describes the file: its headers and notes (a build id). */
static bool describes_file(const struct elf *elf, uint64_t offset)
{
    const Elf64_Ehdr *header = &elf->header;
    if (offset < sizeof *header || offset - header->e_phoff < (uint64_t)header->e_phnum * sizeof(Elf64_Phdr))
        return true;
    for (unsigned i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr program = program_at(elf, i);
        if (program.p_type == PT_NOTE && offset - program.p_offset < program.p_filesz)
            return true;
    }
    return false;
}

static bool only_describes_file(const struct elf *elf, uint64_t offset, uint64_t count)
{
    for (uint64_t i = offset; i < offset + count; i++)
        if (elf->input->bytes[i] != 0 && !describes_file(elf, i))
            return false;
    return true;
}

/* Linkers put the file's headers in front of the first segment's page, where a program linked at the start of RAM has no
 * memory: that part is left out. What else lies below RAM is refused when segments are held against RAM. */
static void leave_out_headers(const struct elf *elf, Elf64_Phdr *program)
{
    uint64_t ram_base = elf->input->ram_base;
    if (elf->header.e_type != ET_EXEC || program->p_paddr >= ram_base || elf->header.e_phnum > BOOT_MAX_SEGMENTS)
        return;
    uint64_t below = ram_base - program->p_paddr;
    below = below < program->p_memsz ? below : program->p_memsz;
    if (below > MAX_HEADER_BYTES || below > program->p_filesz ||
        !range_fits(program->p_offset, below, elf->input->size) || !only_describes_file(elf, program->p_offset, below))
        return;
    program->p_offset += below;
    program->p_paddr += below;
    program->p_vaddr += below;
    program->p_filesz -= below;
    program->p_memsz -= below;
}

static bool read_segments(struct boot_image *image, struct elf *elf, struct error *err)
{
    elf->lowest = UINT64_MAX;
    for (unsigned i = 0; i < elf->header.e_phnum; i++) {
        Elf64_Phdr program = program_at(elf, i);
        if (program.p_type != PT_LOAD)
            continue;
        leave_out_headers(elf, &program);
        if (program.p_memsz == 0)
            continue;
        if (!add_segment(image, elf, &program, err))
            return false;
    }
    return image->segment_count > 0 || error_set(err, "is an ELF file with nothing to load");
}

/* Linux's vmlinux is linked at physical 0 and begins with the same header as its Image, which says where it wants to
 * be. */
static const struct boot_segment *linux_segment(const struct boot_image *image, const struct elf *elf)
{
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct boot_segment *segment = &image->segments[i];
        if (segment->gpa == elf->lowest && boot_linux_recognize(segment->bytes, segment->file_bytes))
            return segment;
    }
    return NULL;
}

/* A file linked for addresses in RAM stays there, and one that is position-independent goes to the base. Anything else
 * is linked for another board, and is refused when its segments are held against RAM. */
static bool choose_shift(const struct boot_image *image, struct elf *elf, struct error *err)
{
    const struct boot_image_input *input = elf->input;
    const struct boot_segment *linux_start = linux_segment(image, elf);
    bool linked_in_ram = elf->lowest >= input->ram_base;
    bool movable = !linked_in_ram && (linux_start != NULL || elf->header.e_type == ET_DYN);
    if (movable)
        elf->shift = input->base - elf->lowest;
    if (movable && linux_start != NULL && !input->base_given)
        elf->shift = input->ram_base + boot_linux_text_offset(linux_start->bytes) - elf->lowest;
    if (elf->shift + elf->highest < elf->shift + elf->lowest)
        return error_set(err, "is damaged: its segments reach from %#llx to %#llx", (unsigned long long)elf->lowest,
                         (unsigned long long)elf->highest);
    if (movable || !input->base_given || input->base == elf->lowest)
        return true;
    return error_set(err, "is an ELF file linked at %#llx, so --load-addr %#llx cannot hold; leave the option out",
                     (unsigned long long)elf->lowest, (unsigned long long)input->base);
}

static void apply_shift(struct boot_image *image, const struct elf *elf)
{
    for (unsigned i = 0; i < image->segment_count; i++)
        image->segments[i].gpa += elf->shift;
}

/* Kernels of the upper half give e_entry as a virtual address, some as a physical one: the virtual ranges are looked at
 * first. */
static bool find_entry(struct boot_image *image, const struct elf *elf, struct error *err)
{
    uint64_t entry = elf->header.e_entry;
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct boot_segment *segment = &image->segments[i];
        if (entry - segment->gva >= segment->mem_bytes)
            continue;
        image->entry = segment->gpa + (entry - segment->gva);
        return true;
    }
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct boot_segment *segment = &image->segments[i];
        if (entry + elf->shift - segment->gpa >= segment->mem_bytes)
            continue;
        image->entry = entry + elf->shift;
        return true;
    }
    return error_set(err, "starts at %#llx, outside its segments at %#llx to %#llx; check ENTRY in its linker script",
                     (unsigned long long)entry, (unsigned long long)elf->lowest, (unsigned long long)elf->highest);
}

static bool section(const struct elf *elf, uint64_t n, Elf64_Shdr *out)
{
    if (n >= elf->header.e_shnum)
        return false;
    memcpy(out, elf->input->bytes + elf->header.e_shoff + n * sizeof *out, sizeof *out);
    return true;
}

static bool usable_symtab(const struct elf *elf, const Elf64_Shdr *symbols, struct boot_symtab *tab)
{
    Elf64_Shdr names;
    uint64_t size = elf->input->size;
    if (symbols->sh_entsize != sizeof(Elf64_Sym) || !range_fits(symbols->sh_offset, symbols->sh_size, size))
        return false;
    if (!section(elf, symbols->sh_link, &names) || !range_fits(names.sh_offset, names.sh_size, size))
        return false;
    const uint8_t *text = elf->input->bytes + names.sh_offset;
    if (names.sh_size == 0 || text[names.sh_size - 1] != '\0')
        return false;
    *tab = (struct boot_symtab){
        .entries = elf->input->bytes + symbols->sh_offset,
        .count = symbols->sh_size / sizeof(Elf64_Sym),
        .names = (const char *)text,
        .name_bytes = names.sh_size,
    };
    return true;
}

/* Symbols serve messages (and the test interface), so a file whose tables make no sense still runs. */
static void find_symbols(struct boot_image *image, const struct elf *elf)
{
    const Elf64_Ehdr *header = &elf->header;
    Elf64_Shdr symbols;
    if (header->e_shentsize != sizeof symbols ||
        !range_fits(header->e_shoff, (uint64_t)header->e_shnum * sizeof symbols, elf->input->size))
        return;
    for (unsigned i = 0; section(elf, i, &symbols); i++)
        if (symbols.sh_type == SHT_SYMTAB && usable_symtab(elf, &symbols, &image->symtab))
            return;
}

bool boot_elf_parse(struct boot_image *image, const struct boot_image_input *input, struct error *err)
{
    struct elf elf = {.input = input};
    image->format = BOOT_FORMAT_ELF;
    if (!read_header(&elf, err) || !read_segments(image, &elf, err) || !choose_shift(image, &elf, err))
        return false;
    apply_shift(image, &elf);
    if (!find_entry(image, &elf, err))
        return false;
    find_symbols(image, &elf);
    return true;
}
