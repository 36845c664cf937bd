#include "db/resolve.h"

#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/datetime.h"
#include "base/banned.h"

/* A request to the resolver, which can still run after the deadline. */
struct question {
	struct gaicb request;
	struct addrinfo hints;
	char host[NI_MAXHOST];
	struct question *next;
};

/* Requests that timed out; the resolver's threads still write to them. */
static struct question *given_up;

static void release_question(struct question *question)
{
	if (question->request.ar_result != NULL)
		freeaddrinfo(question->request.ar_result);
	free(question);
}

/* Release the requests that have finished since. */
static void release_answered(void)
{
	struct question **link = &given_up;

	while (*link != NULL) {
		struct question *question = *link;

		if (gai_error(&question->request) == EAI_INPROGRESS) {
			link = &question->next;
			continue;
		}
		*link = question->next;
		release_question(question);
	}
}

static void note_addresses(const struct addrinfo *list,
			   struct resolve_addresses *addresses)
{
	for (; list != NULL && addresses->count < RESOLVE_MAX_ADDRESSES;
	     list = list->ai_next)
		if (getnameinfo(list->ai_addr, list->ai_addrlen,
				addresses->text[addresses->count],
				RESOLVE_ADDRESS_BYTES, NULL, 0,
				NI_NUMERICHOST) == 0)
			addresses->count++;
}

/* Wait for the answer.  Return false if the request runs past the deadline. */
static bool wait_for_answer(struct gaicb *request, int64_t deadline_us)
{
	const struct gaicb *const requests[] = {request};

	while (gai_error(request) == EAI_INPROGRESS) {
		int64_t us = deadline_us - datetime_monotonic_us();
		struct timespec left = {us / 1000000, us % 1000000 * 1000};

		if (us <= 0)
			return gai_cancel(request) == EAI_CANCELED;
		(void)gai_suspend(requests, 1, &left);
	}
	return true;
}

void resolve_host(const char *host, int64_t deadline_us,
		  struct resolve_addresses *addresses)
{
	struct question *question = calloc(1, sizeof(*question));
	struct gaicb *requests[1];

	addresses->count = 0;
	release_answered();
	if (question == NULL || strlen(host) >= sizeof(question->host)) {
		free(question);
		return;
	}
	memcpy(question->host, host, strlen(host) + 1);
	question->hints.ai_socktype = SOCK_STREAM;
	question->request.ar_name = question->host;
	question->request.ar_request = &question->hints;
	requests[0] = &question->request;
	if (getaddrinfo_a(GAI_NOWAIT, requests, 1, NULL) == 0 &&
	    !wait_for_answer(&question->request, deadline_us)) {
		question->next = given_up;
		given_up = question;
		return;
	}
	note_addresses(question->request.ar_result, addresses);
	release_question(question);
}
