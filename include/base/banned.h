/*
 * banned.h - functions that may not be used here, as compile errors.
 *
 * Included last, after every system header.  They overflow, guess, keep
 * hidden state or run a shell; buf.h, arena.h, text.h and datetime.h have
 * what is meant instead.
 */
#ifndef BANNED_H
#define BANNED_H

#pragma GCC poison strcpy strcat sprintf vsprintf gets strtok strtok_r
#pragma GCC poison atoi atol atoll atof sscanf
#pragma GCC poison gmtime localtime ctime asctime
#pragma GCC poison system popen execl execlp execv execvp

#endif
