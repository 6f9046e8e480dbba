/* SPDX-License-Identifier: MIT */
/* One request while it is served: its parameters, which have been checked against method.def, and what becomes of it. Helpers of
 * the functions that serve one. */
#ifndef MICROVM_REMOTE_CALL_H
#define MICROVM_REMOTE_CALL_H

#include <jansson.h>

#include "base/error.h"
#include "cpu/debug.h"
#include "machine/control.h"
#include "machine/inspect.h"
#include "machine/travel.h"
#include "remote/remote.h"

struct remote_session;

enum remote_code {
    REMOTE_OK,
#define METHOD(id, name, meaning)
#define EVENT(name, meaning)
#define OBJECT(name, meaning)
#define PARAM(name, type, presence, meaning)
#define RESULT(name, type, presence, meaning)
#define MEMBER(name, type, presence, meaning)
#define FAILURE(id, name, meaning) REMOTE_##id,
#include "remote/method.def"
#undef FAILURE
#undef METHOD
    REMOTE_CODES
};

struct remote_call {
    const struct remote_parts *parts;
    struct remote_session *session;
    json_t *params, *result; /* objects; the result is to be filled */
    enum remote_code code;   /* of the error below */
    struct error error;
};

/* False: it could not be done, and code and error say why. */
typedef bool remote_function(struct remote_call *call);

#define METHOD(id, name, meaning) remote_function remote_do_##id;
#define FAILURE(id, name, meaning)
#include "remote/method.def"
#undef METHOD
#undef EVENT
#undef OBJECT
#undef PARAM
#undef RESULT
#undef MEMBER
#undef FAILURE

/* Checks params against the method's rows. False: call->error names what is wrong. */
struct remote_row;
bool remote_check(struct remote_call *call, const struct remote_row *method);

/* "0x" and 1 to 16 hexadecimal digits. */
bool remote_is_word(const char *text);

/* Fails with that code and text; returns false. */
bool remote_fail(struct remote_call *call, enum remote_code code, const char *format, ...) PRINTF_FORMAT(3, 4);

/* Parameters by name; those that may be left out have a preset. */
bool remote_has(const struct remote_call *call, const char *name);
const char *remote_text(const struct remote_call *call, const char *name);
uint64_t remote_count(const struct remote_call *call, const char *name, uint64_t preset);
uint64_t remote_word(const struct remote_call *call, const char *name);
unsigned remote_choice(const struct remote_call *call, const char *name, const char *words, unsigned preset);
bool remote_chosen(const struct remote_call *call, const char *name, const char *word, bool preset);

/* A word, a symbol, or SYMBOL+WORD. False: there is no such symbol. */
bool remote_address(struct remote_call *call, const char *name, uint64_t *address);

/* The parameter hart, or that of the pause or turn; NULL: the machine has no such hart. */
struct hart *remote_hart(struct remote_call *call);

/* False: the machine runs. */
bool remote_wants_pause(struct remote_call *call);

/* False: it is in its past. */
bool remote_wants_change(struct remote_call *call);

/* The parameter space. */
enum address_space remote_space(const struct remote_call *call);

/* The bytes of a parameter, to be freed; NULL: call->error. */
uint8_t *remote_bytes(struct remote_call *call, const char *name, size_t *count);

/* JSON of our shapes. Text that is no UTF-8 (a symbol's name, say) has a ? for each byte that is not ASCII. */
json_t *remote_json_word(uint64_t value);
json_t *remote_json_text(const char *text, size_t length);
json_t *remote_json_bytes(const uint8_t *bytes, size_t count);
json_t *remote_json_pause(const struct remote_parts *parts, const struct pause *pause);

/* The words of choices. */
#define REMOTE_POINT_KINDS "break|write|read|access"
#define REMOTE_SPACES "virtual|guest-physical|physical"
#define REMOTE_MODES "M|S|U|VS|VU"
const char *remote_point_kind(enum debug_kind kind);
const char *remote_mode(const struct hart *hart);

#endif
