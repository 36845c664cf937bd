/* lost - leaks memory, to test that valgrind finds leaks. */
#include <stdlib.h>

int main(void)
{
	char *volatile lost = malloc(100);

	lost = NULL;
	return lost != NULL;
}
