/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of weft/v1/attach.proto: a 4-byte big-endian length, then one protobuf message. Written and
 * read by hand: the messages have nothing but strings, bytes and small numbers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* As AttachFrames.MAX_BYTES. */
#define FRAME_BYTES (1 << 20)

/* A message being written. */
struct message {
	uint8_t bytes[FRAME_BYTES];
	size_t length;
	bool overflow;
};

#define WIRE_VARINT 0
#define WIRE_BYTES 2

static inline void put_byte(struct message *m, uint8_t byte)
{
	if (m->length == sizeof(m->bytes)) {
		m->overflow = true;
		return;
	}
	m->bytes[m->length++] = byte;
}

static inline void put_varint(struct message *m, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		put_byte(m, (uint8_t)(value | 0x80));
	put_byte(m, (uint8_t)value);
}

static inline void put_bytes(struct message *m, unsigned field, const void *bytes, size_t length)
{
	put_varint(m, field << 3 | WIRE_BYTES);
	put_varint(m, length);
	if (length > sizeof(m->bytes) - m->length) {
		m->overflow = true;
		return;
	}
	memcpy(m->bytes + m->length, bytes, length);
	m->length += length;
}

static inline void put_text(struct message *m, unsigned field, const char *text)
{
	if (*text)
		put_bytes(m, field, text, strlen(text));
}

/* A message being read. */
struct reader {
	const uint8_t *at;
	const uint8_t *end;
};

/* One field: a number, or bytes. */
struct field {
	unsigned number;
	uint64_t value;
	const uint8_t *bytes;
	size_t length;
};

static inline bool get_varint(struct reader *r, uint64_t *value)
{
	*value = 0;
	for (int shift = 0; shift < 64 && r->at < r->end; shift += 7) {
		uint8_t byte = *r->at++;

		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* The next field; false at the end and at anything malformed, told apart by r->at == r->end. */
static inline bool get_field(struct reader *r, struct field *f)
{
	uint64_t tag;

	if (r->at == r->end)
		return false;
	memset(f, 0, sizeof(*f));
	if (!get_varint(r, &tag) || tag >> 3 > UINT32_MAX)
		goto malformed;
	f->number = (unsigned)(tag >> 3);
	if ((tag & 7) == WIRE_VARINT) {
		if (!get_varint(r, &f->value))
			goto malformed;
		return true;
	}
	if ((tag & 7) != WIRE_BYTES || !get_varint(r, &f->value) ||
	    f->value > (uint64_t)(r->end - r->at))
		goto malformed;
	f->bytes = r->at;
	f->length = (size_t)f->value;
	r->at += f->length;
	return true;
malformed:
	r->at = NULL;
	return false;
}
