/*
 * traceparent.h - read the trace id of a request (W3C Trace Context, level 1).
 */
#ifndef TRACEPARENT_H
#define TRACEPARENT_H

/* 32 lower-case hex digits and a NUL. */
#define TRACEPARENT_ID_BYTES 33

/*
 * Write the trace id of traceparent, which is the value of that header.  Accept
 * version 00, and later versions whose text begins like version 00.  Write ""
 * if traceparent is NULL (not sent) or invalid.
 */
void traceparent_id(const char *traceparent, char id[TRACEPARENT_ID_BYTES]);

#endif
