/* GET, HEAD BASE: the user's tasks as a JSON array, by default newest first. */
#include <string.h>

#include "app/endpoint.h"
#include "app/task_reply.h"
#include "task/task_store.h"
#include "base/uri.h"
#include "base/banned.h"

/* Add the count, if the client asked for it, and the link to the next page. */
static enum problem_code add_page_headers(struct call *call,
					  const struct uri_query *params,
					  const struct task_query *query,
					  const struct task_page *page)
{
	const char *link;

	if (page->total != NULL)
		response_header(&call->response, "X-Total-Count", page->total);
	if (page->last_id == NULL)
		return PROBLEM_NONE;
	link = task_query_next_link(query, params, &call->settings->config,
				    call->user.id, call->request.path,
				    page->last_key, page->last_id,
				    &call->arena);
	if (link == NULL)
		return problem_set(
			&call->problem, PROBLEM_INTERNAL, "list.link",
			"the Link header is too long, or memory ran out");
	response_header(&call->response, "Link", link);
	return PROBLEM_NONE;
}

static enum problem_code handle(struct call *call)
{
	struct uri_query params;
	struct task_query query;
	struct task_page page;
	enum problem_code code;

	if (!uri_parse_query(call->request.query, &call->arena, &params))
		return problem_set(&call->problem, PROBLEM_INTERNAL,
				   "list.query", "out of memory");
	code = task_query_parse(&params, &call->settings->config, call->user.id,
				&call->arena, &query, &call->problem);
	if (code == PROBLEM_NONE)
		code = task_store_list(call->db, &call->user, &query,
				       &call->arena, &page, &call->problem);
	/* The cursor's key is not valid for the sort order, so the cursor is
	   forged.  A client can forge one if it knows the MAC key, which may be
	   a DATABASE_URL without a password. */
	if (code == PROBLEM_INTERNAL && query.after_key != NULL &&
	    strncmp(call->problem.sqlstate, "22", 2) == 0)
		return task_query_bad_cursor(&call->problem);
	if (code == PROBLEM_NONE)
		code = add_page_headers(call, &params, &query, &page);
	if (code == PROBLEM_NONE)
		code = task_reply_read(call, &page.list);
	return code;
}

int main(void)
{
	static const struct endpoint endpoint = {
		.program = "tasks-list",
		.auth = &auth_bearer,
		.db = &db_libpq,
		.handle = handle,
	};

	return endpoint_main(&endpoint);
}
