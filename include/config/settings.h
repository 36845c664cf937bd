/*
 * settings.h - keep the settings of a process between its requests.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "config/config.h"

/*
 * The settings, and the state of the file that they were read from.  Initialise
 * it with {0}.
 */
struct settings {
	struct config config; /* borrows from arena and the environment */
	struct arena arena;
	bool valid;	  /* config was loaded without an error */
	struct stat file; /* {0}: there is no file, or it may change unseen */
};

/*
 * Load the settings for a request at the instant now_us (file.h).  Read the
 * file of TASKS_ENV_FILE again if it was changed or replaced, or if the last
 * result was an error.  Otherwise keep the settings.
 *
 * envp and the errors are those of config_load().  envp must not change between
 * two calls.  settings->config is valid until the next call; after an error it
 * is filled as far as config_load() fills it.
 */
__attribute__((warn_unused_result)) enum problem_code settings_load(
	struct settings *settings, char *const envp[], int64_t now_us,
	struct problem *problem);

/* Release the memory.  settings is then empty. */
void settings_release(struct settings *settings);

#endif
