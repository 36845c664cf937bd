/*
 * null_fcgi - the floor of FastCGI: a responder that only answers, with
 * libfcgi.
 */
#include <fcgiapp.h>

int main(void)
{
	FCGX_Request request;

	if (FCGX_Init() != 0 || FCGX_InitRequest(&request, 0, 0) != 0)
		return 1;
	while (FCGX_Accept_r(&request) == 0) {
		if (FCGX_PutS("Content-Type: text/plain\r\n\r\nok\n",
			      request.out) < 0)
			return 1;
		FCGX_Finish_r(&request);
	}
	return 0;
}
