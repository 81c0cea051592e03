/* SPDX-License-Identifier: Apache-2.0 */
/* Reading JSON (RFC 8259) without copying it: a value is the piece of text it is written in. A document is
 * checked whole, once; after that everything below may rely on it. Depth is bounded, memory is not used. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define JSON_DEPTH 32

/* A value's text, from its first character to after its last; NULL: there is none. */
struct json {
	const char *at;
	const char *end;
};

static inline const char *json_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

static inline bool json_is_digit(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

static inline int json_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Each of these gives the place after what it is named for, or NULL when that is not there. */
static inline const char *json_skip_string(const char *p, const char *end)
{
	if (p >= end || *p++ != '"')
		return NULL;
	for (; p < end && *p != '"'; p++) {
		if ((unsigned char)*p < 0x20)
			return NULL;
		if (*p != '\\')
			continue;
		if (++p >= end || !*p || !strchr("\"\\/bfnrtu", *p))
			return NULL;
		if (*p != 'u')
			continue;
		for (int i = 1; i <= 4; i++)
			if (p + i >= end || json_hex(p[i]) < 0)
				return NULL;
		p += 4;
	}
	return p < end ? p + 1 : NULL;
}

static inline const char *json_skip_digits(const char *p, const char *end)
{
	if (!json_is_digit(p, end))
		return NULL;
	while (json_is_digit(p, end))
		p++;
	return p;
}

static inline const char *json_skip_number(const char *p, const char *end)
{
	if (p < end && *p == '-')
		p++;
	p = p < end && *p == '0' ? p + 1 : json_skip_digits(p, end);
	if (p && p < end && *p == '.')
		p = json_skip_digits(p + 1, end);
	if (p && p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		p = json_skip_digits(p, end);
	}
	return p;
}

static inline const char *json_skip_word(const char *p, const char *end, const char *word)
{
	size_t length = strlen(word);

	return (size_t)(end - p) >= length && !memcmp(p, word, length) ? p + length : NULL;
}

static inline const char *json_skip_value(const char *p, const char *end, int depth);

/* Members of an object or elements of an array, up to the closing bracket. */
static inline const char *json_skip_items(const char *p, const char *end, int depth)
{
	bool object = *p++ == '{';
	char close = object ? '}' : ']';

	p = json_space(p, end);
	if (p < end && *p == close)
		return p + 1;
	while (p) {
		if (object) {
			p = json_skip_string(json_space(p, end), end);
			p = p ? json_space(p, end) : NULL;
			if (!p || p >= end || *p++ != ':')
				return NULL;
		}
		p = json_skip_value(json_space(p, end), end, depth + 1);
		p = p ? json_space(p, end) : NULL;
		if (!p || p >= end)
			return NULL;
		if (*p == close)
			return p + 1;
		if (*p++ != ',')
			return NULL;
	}
	return NULL;
}

static inline const char *json_skip_value(const char *p, const char *end, int depth)
{
	if (p >= end || depth > JSON_DEPTH)
		return NULL;
	switch (*p) {
	case '{':
	case '[':
		return json_skip_items(p, end, depth);
	case '"':
		return json_skip_string(p, end);
	case 't':
		return json_skip_word(p, end, "true");
	case 'f':
		return json_skip_word(p, end, "false");
	case 'n':
		return json_skip_word(p, end, "null");
	default:
		return json_skip_number(p, end);
	}
}

/* The one value that a text consists of; none when it is not JSON. */
static inline struct json json_parse(const char *text, size_t length)
{
	const char *end = text + length;
	const char *at = json_space(text, end);
	const char *after = json_skip_value(at, end, 0);

	if (!after || json_space(after, end) != end)
		return (struct json){NULL, NULL};
	return (struct json){at, after};
}

static inline size_t json_put_utf8(char *out, unsigned code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | code >> 12);
	out[1] = (char)(0x80 | (code >> 6 & 0x3f));
	out[2] = (char)(0x80 | (code & 0x3f));
	return 3;
}

static inline char json_unescape(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return c;
	}
}

/* A string's characters, ended by 0. False when the value is no string, does not fit, or holds a 0 or half
 * a surrogate pair: nothing that Weft reads has any. */
static inline bool json_string(struct json value, char *out, size_t size)
{
	size_t used = 0;

	if (!value.at || *value.at != '"')
		return false;
	for (const char *p = value.at + 1; p < value.end - 1; p++) {
		unsigned code = (unsigned char)*p;

		if (used + 4 > size)
			return false;
		if (code != '\\') {
			out[used++] = *p;
			continue;
		}
		code = (unsigned char)*++p;
		if (code == 'u') {
			code = 0;
			for (int i = 0; i < 4; i++)
				code = code << 4 | (unsigned)json_hex(*++p);
			if (!code || (code >= 0xd800 && code < 0xe000))
				return false;
			used += json_put_utf8(out + used, code);
			continue;
		}
		out[used++] = json_unescape((char)code);
	}
	out[used] = 0;
	return true;
}

/* Steps through an array's elements. Begin with *next = NULL; false after the last. */
static inline bool json_next(struct json array, const char **next, struct json *element)
{
	const char *p;

	if (!array.at || *array.at != '[')
		return false;
	p = json_space(*next ? *next : array.at + 1, array.end);
	if (*p == ',')
		p = json_space(p + 1, array.end);
	if (*p == ']')
		return false;
	element->at = p;
	element->end = json_skip_value(p, array.end, 0);
	*next = element->end;
	return true;
}

/* The value of an object's member. Of several with one name the last counts, as in Go's decoder. */
static inline struct json json_member(struct json object, const char *name)
{
	struct json found = {NULL, NULL};
	char key[64];
	const char *p;

	if (!object.at || *object.at != '{')
		return found;
	p = json_space(object.at + 1, object.end);
	while (*p == '"') {
		struct json text = {p, json_skip_string(p, object.end)};
		struct json value;

		value.at = json_space(json_space(text.end, object.end) + 1, object.end);
		value.end = json_skip_value(value.at, object.end, 0);
		if (json_string(text, key, sizeof(key)) && !strcmp(key, name))
			found = value;
		p = json_space(value.end, object.end);
		if (*p == ',')
			p = json_space(p + 1, object.end);
	}
	return found;
}

/* Writes a string with its quotes. Bytes that are no ASCII are left as they are: they come from JSON. */
static inline void json_print(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			fprintf(out, "\\u%04x", (unsigned char)*text);
		else
			putc(*text, out);
	}
	putc('"', out);
}
