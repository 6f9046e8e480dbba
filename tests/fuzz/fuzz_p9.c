/* SPDX-License-Identifier: MIT */
/* The 9P server on a folder of its own: whatever messages come, each has one answer that is well formed, no more memory is touched
 * than there is, and what lies beside the folder is neither read nor changed. */
#include "p9_message.h"
#include "share/p9_server.h"
#include "share/p9_wire.h"
#include "share_tree.h"

static void begin(struct p9_server *server)
{
    static const uint8_t version[] = {21, 0, 0,   0,   100, 0,   0,   0,   0x20, 0,  0,
                                      8,  0, '9', 'P', '2', '0', '0', '0', '.',  'L'};
    static const uint8_t attach[] = {23, 0, 0, 0, 104, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0};
    uint8_t answer[64];
    EXPECT(p9_server_answer(server, version, sizeof version, answer, sizeof answer) == 21 && answer[4] == 101);
    EXPECT(p9_server_answer(server, attach, sizeof attach, answer, sizeof answer) == 20 && answer[4] == 105);
}

/* In memory of exactly the sizes, so that a sanitizer sees what is beyond. */
static void exchange(struct p9_server *server, struct fuzz_input *input)
{
    uint8_t bytes[P9_FUZZ_BYTES];
    size_t count = p9_fuzz_message(input, bytes);
    unsigned choice = (unsigned)fuzz_take(input, 1);
    size_t room = choice < 0xe0 ? 8192 : P9_ERROR_BYTES + choice % 32;
    uint8_t *message = malloc(count), *answer = malloc(room);
    EXPECT(message != NULL && answer != NULL);
    memcpy(message, bytes, count);
    size_t got = p9_server_answer(server, message, count, answer, room);
    EXPECT(got >= P9_HEADER_BYTES && got <= room && little_get(answer, 4) == got);
    EXPECT(answer[5] == message[5] && answer[6] == message[6]);
    EXPECT(answer[4] == message[4] + 1 || (answer[4] == P9_ERROR_TYPE && got == P9_ERROR_BYTES));
    EXPECT(memmem(answer, got, SECRET, strlen(SECRET)) == NULL);
    free(message);
    free(answer);
}

/* What the server has at hand survives saving; damaged it is refused, or taken for other fids. */
static struct p9_server *save_and_load(struct p9_server *server, const struct share_tree *tree,
                                       struct fuzz_input *input, const struct p9_limits *limits)
{
    uint8_t *bytes;
    size_t count;
    EXPECT(p9_server_save(server, &bytes, &count) && p9_server_check(bytes, count, NULL));
    p9_server_destroy(server);
    server = p9_server_create(dup(tree->shared), limits);
    EXPECT(server != NULL);
    for (unsigned i = (unsigned)fuzz_take(input, 1) % 4; i > 0 && count != 0; i--)
        bytes[fuzz_take(input, 2) % count] = (uint8_t)fuzz_take(input, 1);
    bool legal = p9_server_check(bytes, count, NULL);
    EXPECT(legal || !p9_server_load(server, bytes, count));
    if (legal)
        p9_server_load(server, bytes, count);
    free(bytes);
    return server;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .left = size};
    struct share_tree tree;
    share_tree_create(&tree);
    unsigned choice = (unsigned)fuzz_take(&input, 1);
    struct p9_limits limits = {.writable = choice % 8 != 0, .files = 40};
    struct p9_server *server = p9_server_create(dup(tree.shared), &limits);
    EXPECT(server != NULL);
    begin(server);
    while (input.left != 0) {
        if (fuzz_take(&input, 1) >= 0xfc)
            server = save_and_load(server, &tree, &input, &limits);
        else
            exchange(server, &input);
    }
    p9_server_destroy(server);
    share_tree_destroy(&tree);
    return 0;
}
