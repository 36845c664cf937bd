/*
 * banned.h - turn the use of unsafe functions into compile errors.
 *
 * Include it last, because the text of system headers may name these functions.
 *
 * The banned functions can overflow a buffer, hide a parse error, keep hidden
 * state or start a shell.  Use buf.h, arena.h, text.h and datetime.h instead.
 */
#ifndef BANNED_H
#define BANNED_H

#pragma GCC poison strcpy strcat sprintf vsprintf gets strtok strtok_r
#pragma GCC poison atoi atol atoll atof sscanf
#pragma GCC poison gmtime localtime ctime asctime
#pragma GCC poison system popen execl execlp execv execvp

#endif
