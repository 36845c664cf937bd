/* lost - a program that loses memory, for a test of its tests. */
#include <stdlib.h>

int main(void)
{
	char *volatile lost = malloc(100);

	lost = NULL;
	return lost != NULL;
}
