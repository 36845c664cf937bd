/*
 * fuzz_settings.c - any content of the file that TASKS_ENV_FILE names: no
 * crash, an error names its variable, and accepted values are within their
 * bounds.
 */
#include <libpq-fe.h>

#include "base/buf.h"
#include "config/config.h"
#include "db/db_url.h"
#include "config/dotenv.h"
#include "fuzz.h"
#include "base/uri.h"
#include "base/banned.h"

#define ARENA_BYTES (8 << 20)

static void put_entry(struct buf *file, const struct dotenv_entry *entry)
{
	static const char bytes[] = "\n\r\t\"\\$";
	static const char names[] = "nrt\"\\$";

	buf_printf(file, "%s=\"", entry->name);
	for (const char *p = entry->value; *p != '\0'; p++) {
		const char *found = strchr(bytes, *p);

		if (found != NULL)
			buf_printf(file, "\\%c", names[found - bytes]);
		else
			buf_add(file, p, 1);
	}
	buf_puts(file, "\"\n");
}

/* The values are the same after they were written in quotes and read again. */
static void check_again(const struct dotenv *dotenv)
{
	char path[FUZZ_PATH_BYTES];
	struct arena arena;
	struct buf file;
	struct dotenv again;
	int fd;

	arena_init(&arena, ARENA_BYTES);
	buf_init(&file, &arena, ARENA_BYTES / 4);
	for (size_t i = 0; i < dotenv->count; i++)
		put_entry(&file, &dotenv->entries[i]);
	must(!buf_failed(&file));
	if (file.length <= DOTENV_MAX_BYTES) {
		fd = fuzz_file(buf_text(&file), file.length, path);
		must(dotenv_read(path, &arena, &again) == NULL);
		must(again.count == dotenv->count);
		for (size_t i = 0; i < again.count; i++)
			must(fuzz_same(again.entries[i].name,
				       dotenv->entries[i].name) &&
			     fuzz_same(again.entries[i].value,
				       dotenv->entries[i].value));
		close(fd);
	}
	must_fit(&arena);
	arena_release(&arena);
}

static void check_url(const char *url)
{
	char host[DB_URL_HOST_BYTES];
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	const char *fault = db_url_parse(url, host);

	must(strncmp(url, "postgres", 8) == 0);
	must(fault != NULL || options != NULL);
	if (fault == NULL)
		must(strlen(host) < sizeof(host) && *host != '/' &&
		     *host != '@' && strchr(host, ',') == NULL);
	PQconninfoFree(options);
}

static void check_config(const struct config *config,
			 const struct dotenv *dotenv)
{
	const char *secret = dotenv_get(dotenv, "BETTER_AUTH_SECRET");

	if (secret == NULL)
		secret = dotenv_get(dotenv, "JWT_SECRET");
	must(fuzz_same(config->secret, secret));
	must(config->secret == NULL ||
	     (config->secret_bytes == strlen(config->secret) &&
	      config->secret_bytes >= CONFIG_SECRET_MIN_BYTES));
	must(config->secret == NULL || config->jwks_file == NULL);
	must(config->jwks_max_age_s == 0 ||
	     (config->jwks_file != NULL && config->jwks_max_age_s >= 3600));
	must(config->algorithm <= CONFIG_HS512);
	must(config->origin_count <= CONFIG_MAX_ORIGINS);
	for (size_t i = 0; i < config->origin_count; i++) {
		const struct config_origin *origin = &config->origins[i];

		must(origin->length > 0);
		/* The origins are sent in a response header. */
		for (size_t c = 0; c < origin->length; c++)
			must(origin->text[c] > ' ' && origin->text[c] < 0x7f &&
			     origin->text[c] != ',');
	}
	/* The prefix is sent in a response header, too. */
	must(config->public_prefix == NULL ||
	     (config->public_prefix[0] == '/' &&
	      config->public_prefix[1] != '/' &&
	      strlen(config->public_prefix) <= URI_PREFIX_MAX_BYTES));
	for (const char *p = config->public_prefix; p != NULL && *p != '\0';
	     p++)
		must(*p > ' ' && *p < 0x7f && *p != '<' && *p != '>' &&
		     *p != '?' && *p != '#');
	must(config->max_rows >= 1 && config->max_rows <= 100000);
	must(config->max_body_bytes >= 1 && config->max_body_bytes <= 1048576);
	must(config->db_timeout_us >= 1000 &&
	     config->db_timeout_us <= 15000000);
	must(config->leeway_s >= 0 && config->leeway_s <= 3600);
	if (config->database_url != NULL)
		check_url(config->database_url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[FUZZ_PATH_BYTES], variable[FUZZ_PATH_BYTES + 16];
	char *const envp[] = {variable, NULL};
	struct arena arena;
	struct dotenv dotenv;
	struct config config;
	struct problem problem = {0};
	enum problem_code code;
	const char *fault;
	int fd = fuzz_file(data, size, path);

	arena_init(&arena, ARENA_BYTES);
	fault = dotenv_read(path, &arena, &dotenv);
	must(size <= DOTENV_MAX_BYTES || fault != NULL);
	must(dotenv.count <= DOTENV_MAX_ENTRIES);
	snprintf(variable, sizeof(variable), "TASKS_ENV_FILE=%s", path);
	must(lseek(fd, 0, SEEK_SET) == 0);
	code = config_load(&config, envp, &arena, &problem);
	must_fit(&arena);
	must((code == PROBLEM_NONE) == (problem.setting == NULL));
	if (code != PROBLEM_NONE)
		must(code == PROBLEM_INTERNAL && problem.reason != NULL &&
		     strchr(problem.reason, '\n') == NULL);
	must(fault == NULL || fuzz_same(problem.setting, "TASKS_ENV_FILE"));
	if (fault == NULL)
		check_again(&dotenv);
	if (code == PROBLEM_NONE)
		check_config(&config, &dotenv);
	close(fd);
	arena_release(&arena);
	return 0;
}
