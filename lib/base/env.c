#include "base/env.h"

#include <stddef.h>

#include "base/banned.h"

const char *env_raw(char *const envp[], const char *name)
{
	for (; *envp != NULL; envp++) {
		const char *entry = *envp;
		size_t i = 0;

		/* Most entries differ early, so do not call strncmp(). */
		while (name[i] != '\0' && entry[i] == name[i])
			i++;
		if (name[i] == '\0' && entry[i] == '=')
			return entry + i + 1;
	}
	return NULL;
}

const char *env_get(char *const envp[], const char *name)
{
	const char *value = env_raw(envp, name);

	return value != NULL && *value != '\0' ? value : NULL;
}
