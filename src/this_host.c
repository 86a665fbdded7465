/*
 * this_host.c - see this_host.h
 */
#include "config.h"

#include "src/this_host.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST_BYTES 256 /* HOST_NAME_MAX is 64, of a full name 255 */

/* The host's name, with its domain or without. */
static bool
is_our_name(const char *name)
{
	char ours[HOST_BYTES];
	size_t n;

	if (gethostname(ours, sizeof(ours)) < 0)
		return false;
	ours[sizeof(ours) - 1] = '\0';
	if (strcasecmp(name, ours) == 0)
		return true;
	n = strcspn(ours, ".");
	return strncasecmp(name, ours, n) == 0 && name[n] == '\0' && n > 0;
}

static bool
is_loopback(const char *name)
{
	struct in_addr a;

	if (strcmp(name, "::1") == 0 || strcasecmp(name, "localhost") == 0)
		return true;
	return inet_pton(AF_INET, name, &a) == 1 &&
	       ntohl(a.s_addr) >> 24 == IN_LOOPBACKNET;
}

static bool
is_address(const struct sockaddr *a, const char *name)
{
	char text[INET6_ADDRSTRLEN] = "";
	const void *bytes;

	if (a == NULL)
		return false;
	if (a->sa_family == AF_INET)
		bytes =
		    &((const struct sockaddr_in *)(const void *)a)->sin_addr;
	else if (a->sa_family == AF_INET6)
		bytes =
		    &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
	else
		return false;
	return inet_ntop(a->sa_family, bytes, text, sizeof(text)) != NULL &&
	       strcasecmp(text, name) == 0;
}

bool
ocr_this_host(const char *name)
{
	struct ifaddrs *list, *i;
	bool is_ours = false;

	if (*name == '\0' || is_loopback(name) || is_our_name(name))
		return true;
	if (getifaddrs(&list) < 0)
		return false;
	for (i = list; i != NULL && !is_ours; i = i->ifa_next)
		is_ours = is_address(i->ifa_addr, name);
	freeifaddrs(list);
	return is_ours;
}
