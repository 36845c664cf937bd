/*
 * trace.h - the trace that a request is part of (W3C Trace Context, level 1).
 */
#ifndef TRACE_H
#define TRACE_H

/* 32 lower-case hex digits and a NUL. */
#define TRACE_ID_BYTES 33

/*
 * The trace's id out of traceparent (the header's value, NULL: not sent), which
 * is of version 00, or of a later one and begins as that does; "" where it is
 * not.
 */
void trace_parse(const char *traceparent, char id[TRACE_ID_BYTES]);

#endif
