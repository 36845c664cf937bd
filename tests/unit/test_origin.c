/*
 * test_origin.c - CORS_ORIGINS: values that no browser sends are refused with
 * an explanation, and all others are accepted.
 */
#include "config/origin.h"
#include "tap.h"
#include "base/banned.h"

#define A63 "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-123456789"
#define A61 "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-1234567"

static const char *const good[] = {
	"http://localhost:3000",
	"https://a.example",
	"http://a.example",
	/* the default port of another scheme */
	"https://a.example:80",
	"http://a.example:443",
	"app://localhost:80",
	"http://localhost:1",
	"http://localhost:65535",
	"https://a-b--c.r3---x.example",
	"https://-a.example-",
	"https://under_score.example",
	"https://xn--mnchen-3ya.example",
	"https://a.example.",
	"http://localhost.:3000",
	"https://" A63 ".example",
	"https://" A63 "." A63 "." A63 "." A61,
	"https://" A63 "." A63 "." A63 "." A61 ".",
	/* names that resemble addresses */
	"https://1a",
	"https://0x1g",
	"https://1.2.3.4.example",
	"https://3com",
	"https://0.a",
	/* addresses */
	"http://127.0.0.1",
	"http://127.0.0.1:8080",
	"http://0.0.0.0",
	"http://255.255.255.255",
	"http://[::1]",
	"http://[::1]:3000",
	"http://[::]",
	"http://[fe80::1]",
	"http://[2001:db8::1:0:0:1]",
	"http://[2001:db8:0:1:1:1:1:1]",
	"http://[1::8]",
	"http://[1:2:3:4:5:6:7:8]",
	"http://[1:2:3:4:5:6::]",
	"http://[::3:4:5:6:7:8]",
	"http://[::ffff:7f00:1]",
	"http://[::7f00:1]",
	"http://[0:1:2:3:4:5:6:7]",
	"http://[1:0:2:0:3:0:4:0]",
	"http://[abcd:ef01:2345:6789:abcd:ef01:2345:6789]",
	/* apps and extensions */
	"chrome-extension://aaaabbbbccccddddeeeeffffgggghhhh",
	"moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
	"safari-web-extension://E5D4E5D4-0000-4000-8000-00000000000F",
	"capacitor://localhost",
	"ionic://localhost",
	"tauri://localhost",
	"http://tauri.localhost",
	"app://.",
	"app://-",
	"app://obsidian.md",
	"wails://wails.localhost",
	"vscode-webview://0abc",
	"x+y.z-1://127.1",
};

/* words: a part of the explanation. */
static const struct {
	const char *origin;
	const char *words;
} bad[] = {
	/* ports */
	{"https://a.example:443", "remove the port"},
	{"http://localhost:80", "remove the port"},
	{"http://[::1]:80", "remove the port"},
	{"http://127.0.0.1:80", "remove the port"},
	{"http://localhost:", "remove the colon"},
	{"http://[::1]:", "remove the colon"},
	{"app://localhost:", "remove the colon"},
	{"http://localhost:03000", "without leading zeros"},
	{"http://localhost:0", "from 1 to 65535"},
	{"http://localhost:00", "from 1 to 65535"},
	{"http://localhost:65536", "from 1 to 65535"},
	{"http://localhost:99999999999999999999", "from 1 to 65535"},
	{"http://localhost:3000a", "from 1 to 65535"},
	{"http://localhost:+3000", "from 1 to 65535"},
	{"http://localhost:-1", "from 1 to 65535"},
	{"http://localhost:http", "from 1 to 65535"},
	{"app://localhost:0", "from 1 to 65535"},
	{"http://a:b:c", "only one port"},
	{"http://a:1:2", "only one port"},
	{"http://::1", "only one port"},
	{"http://1::1", "only one port"},
	{"http://[::1]3000", "in brackets"},
	/* hosts */
	{"http://", "write a host"},
	{"http://:3000", "write a host"},
	{"http://[::1]:1:2", "from 1 to 65535"},
	{"app://", "write a host"},
	{"http://.", "empty label"},
	{"http://..", "empty label"},
	{"http://.a", "empty label"},
	{"http://a..b", "empty label"},
	{"http://a..", "empty label"},
	{"https://A.example", "in lower case"},
	{"https://m\xc3\xbcnchen.example", "Punycode"},
	{"https://\xe6\x97\xa5.example", "Punycode"},
	{"https://%61.example", "letters, digits"},
	{"https://a%20b", "letters, digits"},
	{"https://a!b", "letters, digits"},
	{"https://a,b", "letters, digits"},
	{"https://a~b", "letters, digits"},
	{"https://a|b", "letters, digits"},
	{"https://a<b>", "letters, digits"},
	{"https://a\x7f", "letters, digits"},
	{"https://a\x01", "letters, digits"},
	{"app://a\x01", "letters, digits"},
	{"app://a%20b", "letters, digits"},
	{"https://xn--", "the Punycode label (xn--...)"},
	{"https://a.xn--.b", "the Punycode label (xn--...)"},
	{"https://xn--abc-", "the Punycode label (xn--...)"},
	{"https://" A63 "0.example", "at most 63"},
	{"https://" A63 "." A63 "." A63 "." A61 "0", "at most 253"},
	/* addresses that browsers serialise differently */
	{"http://127.1", "four decimal numbers"},
	{"http://127.0.1", "four decimal numbers"},
	{"http://2130706433", "four decimal numbers"},
	{"http://0x7f.1", "four decimal numbers"},
	{"http://0x7f000001", "four decimal numbers"},
	{"http://127.0.0.0x1", "four decimal numbers"},
	{"http://127.0.0.0x", "four decimal numbers"},
	{"http://010.0.0.1", "four decimal numbers"},
	{"http://127.0.0.01", "four decimal numbers"},
	{"http://127.0.0.1.", "four decimal numbers"},
	{"http://127.0.0.256", "four decimal numbers"},
	{"http://1.2.3.4.5", "four decimal numbers"},
	{"http://a.1", "four decimal numbers"},
	{"http://a.0x1f", "four decimal numbers"},
	{"http://0", "four decimal numbers"},
	{"http://[0:0:0:0:0:0:0:1]", "shortest form"},
	{"http://[::0001]", "shortest form"},
	{"http://[::FFFF]", "shortest form"},
	{"http://[2001:DB8::1]", "shortest form"},
	{"http://[2001:db8:0:0:1::1]", "shortest form"},
	{"http://[2001:db8::1:1:1:1:1]", "shortest form"},
	{"http://[1:2:3:4:5:6:0:0]", "shortest form"},
	{"http://[::ffff:127.0.0.1]", "shortest form"},
	{"http://[::127.0.0.1]", "shortest form"},
	{"http://[fe80::1%25eth0]", "shortest form"},
	{"http://[fe80::1%eth0]", "shortest form"},
	{"http://[]", "in brackets"},
	{"http://[::1", "in brackets"},
	{"http://[:::1]", "in brackets"},
	{"http://[127.0.0.1]", "in brackets"},
	{"http://[localhost]", "in brackets"},
	{"http://[::1]]", "in brackets"},
	{"http://::1]", "only one port"},
	{"http://a[::1]", "only one port"},
	{"http://[1:2:3:4:5:6:7:8:9:a:b:c:d:e:f:0:1:2:3:4:5:6]", "in brackets"},
	/* parts of a URL that an origin does not have */
	{"https://a.example/", "without a path"},
	{"https://a.example:8443/", "without a path"},
	{"http://[::1]/", "without a path"},
	{"https://a.example/app", "without a path"},
	{"https://a.example\\", "without a path"},
	{"https://a.example?x", "without a path"},
	{"https://a.example#x", "without a path"},
	{"https:///a.example", "without a path"},
	{"app://localhost/", "without a path"},
	{"https://u@a.example", "remove the user"},
	{"https://u:hunter2@a.example", "remove the user"},
	{"https://@a.example", "remove the user"},
	/* schemes */
	{"a.example", "write scheme://"},
	{"localhost:3000", "write scheme://"},
	{"//a.example", "write scheme://"},
	{"https:a.example", "write scheme://"},
	{"https:/a.example", "write scheme://"},
	{"https", "write scheme://"},
	{"://a.example", "begin with a scheme"},
	{"HTTPS://a.example", "begin with a scheme"},
	{"1http://a.example", "begin with a scheme"},
	{"-x://a.example", "begin with a scheme"},
	{"ht_tp://a.example", "begin with a scheme"},
	{"file://", "serve the page"},
	{"file:///srv/index.html", "serve the page"},
	{"null", "serve the page"},
	{"ws://a.example", "scheme of the page"},
	{"wss://a.example", "scheme of the page"},
	{"ftp://a.example", "scheme of the page"},
	{"data://a", "scheme of the page"},
	{"blob:https://a.example", "write scheme://"},
	{"about:blank", "write scheme://"},
	/* patterns, lists and quotes */
	{"*", "wildcards are not"},
	{"https://*", "wildcards are not"},
	{"https://*.example", "wildcards are not"},
	{"http://localhost:*", "wildcards are not"},
	{"*://a.example", "wildcards are not"},
	{"chrome-extension://*", "wildcards are not"},
	{"https://a.example https://b.example", "by a comma"},
	{"https://a\r\nX: y", "by a comma"},
	{"https://a.example;https://b.example", "without a path"},
	{"\"https://a.example\"", "remove the quotes"},
	{"'https://a.example'", "remove the quotes"},
};

int main(void)
{
	for (size_t i = 0; i < COUNT(good); i++)
		is_text(origin_fault(good[i], strlen(good[i])), NULL, good[i]);
	for (size_t i = 0; i < COUNT(bad); i++) {
		const char *fault =
			origin_fault(bad[i].origin, strlen(bad[i].origin));

		if (!ok(fault && strstr(fault, bad[i].words) &&
				!strstr(fault, "hunter2"),
			"a setting that no browser sends is refused: %s",
			bad[i].origin))
			diag("told \"%s\"", fault ? fault : "(nothing)");
	}
	ok(origin_fault("http://a\0b", 10) != NULL, "a NUL byte is in none");
	ok(origin_fault("http://a/b", 8) == NULL, "the length is heeded");
	return tap_done();
}
