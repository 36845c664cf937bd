/*
 * jwks-check FILE: check whether the programs would accept this key set.
 *
 * Prints a line per key: its algorithm, or why it is skipped.  Exit status 0 if
 * at least one key is usable, else 1 with a line on standard error.
 */
#include <stdio.h>

#include "base/arena.h"
#include "auth/jwk.h"
#include "base/banned.h"

int main(int argc, char *argv[])
{
	struct arena arena;
	struct jwk_set set = {0};
	struct problem problem = {0};
	enum problem_code code;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: jwks-check FILE\n");
		return 1;
	}
	arena_init(&arena, JWK_SET_ARENA_BYTES);
	code = jwk_set_load(&set, argv[1], &arena, &problem);
	(void)jwk_set_usable(&set);
	for (size_t i = 0; i < set.count; i++)
		(void)printf("key %zu: %s%s\n", i + 1,
			     set.keys[i].fault != NULL ? "skipped, " : "",
			     set.keys[i].fault != NULL ? set.keys[i].fault
						       : set.keys[i].kind->alg);
	if (code != PROBLEM_NONE)
		(void)fprintf(stderr, "jwks-check: the file %s\n",
			      problem.reason);
	jwk_set_release(&set);
	arena_release(&arena);
	return code == PROBLEM_NONE && fflush(stdout) == 0 ? 0 : 1;
}
