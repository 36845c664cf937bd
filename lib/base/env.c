#include "base/env.h"

#include <stddef.h>
#include <string.h>

#include "base/banned.h"

const char *env_raw(char *const envp[], const char *name)
{
	size_t length = strlen(name);

	for (; *envp != NULL; envp++)
		if (strncmp(*envp, name, length) == 0 && (*envp)[length] == '=')
			return *envp + length + 1;
	return NULL;
}

const char *env_get(char *const envp[], const char *name)
{
	const char *value = env_raw(envp, name);

	return value != NULL && *value != '\0' ? value : NULL;
}
