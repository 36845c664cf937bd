#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/banned.h"

#define FIRST_BYTES 256

void buf_init(struct buf *buf, struct arena *arena, size_t max_bytes)
{
	*buf = (struct buf){.arena = arena, .max_bytes = max_bytes};
}

char *buf_room(struct buf *buf, size_t want)
{
	size_t capacity = buf->capacity > 0 ? buf->capacity : FIRST_BYTES;
	char *data;

	if (buf->failed || want > buf->max_bytes - buf->length ||
	    want >= SIZE_MAX - buf->length) {
		buf->failed = true;
		return NULL;
	}
	if (buf->length + want < buf->capacity)
		return buf->data + buf->length;
	while (capacity <= buf->length + want)
		capacity = capacity > SIZE_MAX / 2 ? SIZE_MAX : capacity * 2;
	data = arena_alloc(buf->arena, capacity);
	if (data == NULL) {
		buf->failed = true;
		return NULL;
	}
	if (buf->length > 0)
		memcpy(data, buf->data, buf->length);
	buf->data = data;
	buf->capacity = capacity;
	return buf->data + buf->length;
}

void buf_added(struct buf *buf, size_t length)
{
	buf->length += length;
	buf->data[buf->length] = '\0';
}

void buf_add(struct buf *buf, const void *bytes, size_t length)
{
	char *room = buf_room(buf, length);

	if (room == NULL)
		return;
	if (length > 0)
		memcpy(room, bytes, length);
	buf_added(buf, length);
}

void buf_puts(struct buf *buf, const char *string)
{
	buf_add(buf, string, strlen(string));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	char *room = NULL;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0)
		buf->failed = true;
	else
		room = buf_room(buf, (size_t)length);
	if (room == NULL)
		return;
	va_start(args, format);
	(void)vsnprintf(room, (size_t)length + 1, format, args);
	va_end(args);
	buf_added(buf, (size_t)length);
}

bool buf_failed(const struct buf *buf)
{
	return buf->failed;
}

const char *buf_text(const struct buf *buf)
{
	return buf->data != NULL ? buf->data : "";
}
