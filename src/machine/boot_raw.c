/* SPDX-License-Identifier: MIT */
/* Raw images: what is left when nothing else is recognised. Names what people pass by mistake, unless they say where it
 * goes: then it is as they say. */
#include "machine/boot_image.h"

#include <string.h>

#include "base/compiler.h"

#define GET_A_KERNEL                                                                                                   \
    "use a RISC-V ELF, a RISC-V Linux Image (plain or gzip'd), or a raw binary (--load-addr takes any file as one)"

static const struct {
    uint32_t offset;
    uint32_t length;
    const char *magic;
    const char *what;
    const char *advice;
} known[] = {
    {0x202, 4, "HdrS", "is an x86 Linux bzImage", GET_A_KERNEL},
    {0x38, 4, "ARM\x64", "is a 64-bit Arm Linux Image", GET_A_KERNEL},
    {0x24, 4, "\x18\x28\x6f\x01", "is a 32-bit Arm Linux zImage", GET_A_KERNEL},
    {4, 4, "zimg", "is a Linux EFI zboot image", "extract the Image that is packed in it"},
    {0, 2, "MZ", "is an EFI (PE) program without a RISC-V Linux header", GET_A_KERNEL},
    {0, 4, "\x28\xb5\x2f\xfd", "is zstd-compressed", "unpack it first, with unzstd"},
    {0, 6, "\xfd\x37zXZ\0", "is xz-compressed", "unpack it first, with unxz"},
    {0, 3, "BZh", "is bzip2-compressed", "unpack it first, with bunzip2"},
    {0, 4, "\x04\x22\x4d\x18", "is lz4-compressed", "unpack it first, with unlz4"},
    {0, 4, "\x02\x21\x4c\x18", "is lz4-compressed", "unpack it first, with unlz4"},
    {0, 4, "\x89LZO", "is lzop-compressed", "unpack it first, with lzop -d"},
    {0, 5, "\x5d\0\0\x80\0", "is lzma-compressed", "unpack it first, with unlzma"},
    {0, 2, "\x1f\x8b", "is gzip'd data inside gzip'd data, or damaged", "unpack it first, with gunzip"},
    {0, 4, "PK\3\4", "is a zip archive", "unpack it first"},
    {0, 4, "\x27\x05\x19\x56", "is a U-Boot image (uImage)", "use the kernel that it was made from"},
    {0, 4, "\xd0\x0d\xfe\xed", "is a device tree blob or a FIT image", "pass a device tree with --dtb"},
    {0, 5, "07070", "is a cpio archive", "pass an initial RAM disk with --initrd"},
    {0, 8, "!<arch>\n", "is an archive (a library or a Debian package)", GET_A_KERNEL},
    {0, 4, "QFI\xfb", "is a qcow2 disk image", GET_A_KERNEL},
    {0, 4, "hsqs", "is a squashfs file system", "pass an initial RAM disk with --initrd"},
    {0x8001, 5, "CD001", "is an ISO 9660 image", GET_A_KERNEL},
    {257, 5, "ustar", "is a tar archive", "unpack it first"},
    {0, 4, "\xcf\xfa\xed\xfe", "is a Mach-O program", GET_A_KERNEL},
    {0, 4, "\0asm", "is WebAssembly", GET_A_KERNEL},
};

static bool matches(const uint8_t *bytes, uint64_t size, unsigned row)
{
    return known[row].offset + (uint64_t)known[row].length <= size &&
           memcmp(bytes + known[row].offset, known[row].magic, known[row].length) == 0;
}

/* Code without a single byte outside printable ASCII and white space does not occur. */
static bool is_text(const uint8_t *bytes, uint64_t size)
{
    uint64_t count = size < 512 ? size : 512;
    for (uint64_t i = 0; i < count; i++) {
        uint8_t byte = bytes[i];
        if ((byte < 0x20 || byte > 0x7e) && byte != '\n' && byte != '\r' && byte != '\t' && byte != '\f')
            return false;
    }
    return true;
}

/* An instruction parcel of all zeros or all ones is illegal for ever, and a raw image starts at its first byte. */
static bool starts_with_no_code(const uint8_t *bytes, uint64_t size)
{
    return size < 2 || (bytes[0] == bytes[1] && (bytes[0] == 0 || bytes[0] == 0xff));
}

bool boot_raw_glance(const uint8_t *bytes, uint64_t size, struct error *err)
{
    for (unsigned i = 0; i < ARRAY_SIZE(known); i++)
        if (matches(bytes, size, i))
            return error_set(err, "%s; %s", known[i].what, known[i].advice);
    if (is_text(bytes, size))
        return error_set(err, "is a text file; " GET_A_KERNEL);
    if (starts_with_no_code(bytes, size))
        return error_set(err, "does not start with an instruction (first byte 0x%02x); " GET_A_KERNEL, bytes[0]);
    return true;
}

bool boot_raw_parse(struct boot_image *image, const struct boot_image_input *input, struct error *err)
{
    image->format = BOOT_FORMAT_RAW;
    if (!input->base_given && !boot_raw_glance(input->bytes, input->size, err))
        return false;
    image->segment_count = 1;
    image->segments[0] = (struct boot_segment){
        .gpa = input->base,
        .gva = input->base,
        .mem_bytes = input->size,
        .file_bytes = input->size,
        .bytes = input->bytes,
    };
    image->entry = input->base;
    return true;
}
