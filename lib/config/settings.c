#include "config/settings.h"

#include "base/env.h"
#include "base/file.h"
#include "base/banned.h"

/* Several times the memory of the largest file. */
#define ARENA_LIMIT_BYTES (1024 * 1024)

enum problem_code settings_load(struct settings *settings, char *const envp[],
				int64_t now_us, struct problem *problem)
{
	const char *path = env_get(envp, CONFIG_FILE_NAME);
	struct stat file = {0};
	enum problem_code code;
	/* Call stat() first: a change during the read then causes a new read. */
	bool found = path != NULL && stat(path, &file) == 0;

	if (settings->valid &&
	    (path == NULL || (found && file_is_same(&file, &settings->file))))
		return PROBLEM_NONE;
	settings_release(settings);
	arena_init(&settings->arena, ARENA_LIMIT_BYTES);
	code = config_load(&settings->config, envp, &settings->arena, problem);
	settings->valid = code == PROBLEM_NONE;
	if (found && file_is_settled(&file, now_us))
		settings->file = file;
	return code;
}

void settings_release(struct settings *settings)
{
	arena_release(&settings->arena);
	*settings = (struct settings){0};
}
