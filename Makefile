# Tasks over CGI.  `make run` is all that a newcomer needs; HACKING.md has the
# rest.  Settings on the command line: BUILD, SAN=address,undefined, CC,
# CPPFLAGS, CFLAGS, LDFLAGS (appended to ours), LIBPQ, PREFIX, DESTDIR,
# CGIBINDIR; for the servers RUN, PORT, SERVER, MODE, POOL, DATABASE_URL (see
# tools/serve).
VERSION := $(or $(shell tools/version),$(error no version))

PROGRAMS = tasks-list tasks-create tasks-get tasks-update tasks-delete \
	tasks-complete me health fallback

CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
BUILD ?= $(if $(SAN),build/sanitized,build)
PREFIX ?= /usr/local
CGIBINDIR ?= $(PREFIX)/lib/tasks-cgi
TOOLSDIR = $(PREFIX)/lib/tasks-cgi-tools
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
DATADIR ?= $(PREFIX)/share/tasks-cgi
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
export BUILD SUB EXP
# AddressSanitizer reserves terabytes of address space.
export TASKS_MEMORY ?= $(if $(SAN),max)

PACKAGES = libpq libjwt jansson libcrypto
# Asked once, and only when something is compiled: the packages may have been
# installed a moment ago.
pkg_cflags = $(eval pkg_cflags := $$(shell pkg-config --cflags $(PACKAGES)))$(pkg_cflags)
# libcrypto first: where the dynamic linker looks first for its symbols, which
# are most of them.
libs = $(file <$(libpq)) $(library) -lcrypto -lc -lssl -ljwt -ljansson -l:libfcgi.a

WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wvla -Wundef \
	-Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	-Werror
# -fcf-protection is x86's alone.
HARDENING = -fPIE -fstack-protector-strong -fstack-clash-protection \
	$(if $(findstring x86_64,$(shell uname -m)),-fcf-protection)
CODEGEN = $(if $(SAN),-O1 -g -fsanitize=$(SAN) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer,-O2 $(FORTIFY))
# Clang's fortified sprintf is a macro, which banned.h cannot poison.
FORTIFY = $(if $(findstring clang,$(CC)),,-D_FORTIFY_SOURCE=2)

compile := $(CC) -std=c17 -D_GNU_SOURCE -Iinclude -MMD -MP \
	'-DTASKS_VERSION="$(VERSION)"' $(WARNINGS) $(HARDENING) $(CODEGEN) \
	$(if $(SAN),-DSANDBOX_OFF)
link := $(CC) $(if $(SAN),-fsanitize=$(SAN)) -pie -Wl,-z,relro,-z,now \
	-Wl,--as-needed

# How libpq is linked: static, or shared as Debian's package is.
LIBPQ ?= static
libpq = build/libpq/$(LIBPQ)
# New when LIBPQ is another one, so that all is linked again.
linked = $(BUILD)/libpq-$(LIBPQ)

library = $(BUILD)/libtasks.a
objects = $(patsubst lib/%.c,$(BUILD)/lib/%.o,$(wildcard lib/*/*.c))
units = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
helpers = $(patsubst tests/lib/%.c,$(BUILD)/helpers/%,$(wildcard tests/lib/*.c))
fuzzers = $(patsubst tests/fuzz/%.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
tools = $(patsubst tools/%.c,$(BUILD)/%,$(wildcard tools/*.c))

all: $(PROGRAMS:%=$(BUILD)/%) $(tools)
unit: $(units) $(helpers) $(BUILD)/client

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(compile) $(pkg_cflags) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# Says the version.
$(BUILD)/cgi-bin/health.o $(BUILD)/run/health.o: CHANGELOG.md

$(library): $(objects)
	rm -f $@
	$(AR) rcs $@ $^

$(libpq): tools/libpq
	tools/libpq build/libpq $(LIBPQ)

$(linked): $(libpq)
	@mkdir -p $(@D)
	rm -f $(BUILD)/libpq-*
	cp $< $@

link_it = $(link) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(libs) \
	$(LDLIBS)
$(PROGRAMS:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/cgi-bin/%.o $(library) $(linked)
	$(link_it)
$(tools): $(BUILD)/%: $(BUILD)/tools/%.o $(library) $(linked)
	$(link_it)
# Its checks are a file per subject; what the schema must be, sql/ says.
checks = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tools/check/*.c))
$(BUILD)/tasks-check: $(checks)
schema := $(shell sed -n "s/.*AS 'SELECT \([0-9]*\)'.*/\1/p" sql/05-version.sql)
$(checks): compile += -DTASKS_SCHEMA=$(schema)
$(checks): sql/05-version.sql
$(units): $(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(library) $(linked)
	@mkdir -p $(@D)
	$(link_it)
$(helpers): $(BUILD)/helpers/%: $(BUILD)/tests/lib/%.o $(library) $(linked)
	@mkdir -p $(@D)
	$(link_it)

# What the bats tests ask instead of starting programs.
client = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/client/*.c))
$(BUILD)/client: $(client) $(BUILD)/lib/app/route.o $(BUILD)/lib/http/method.o
	$(link) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcurl -ljq -lpq -lcrypto $(LDLIBS)

# For tests/fuzz/run, which says with what.
fuzzers: $(fuzzers)
$(fuzzers): $(BUILD)/%: $(BUILD)/tests/fuzz/%.o $(library) $(linked)
	$(link_it) -fsanitize=fuzzer
# The programs as functions, for the one that fuzzes whole requests.
run = $(PROGRAMS:%=$(BUILD)/run/%.o)
$(BUILD)/fuzz_request: $(run)
$(run): $(BUILD)/run/%.o: cgi-bin/%.c Makefile
	@mkdir -p $(@D)
	$(compile) $(pkg_cflags) $(CPPFLAGS) $(CFLAGS) -Wno-missing-prototypes \
		-Dmain=run_$(subst -,_,$*) -c -o $@ $<

# Make what it takes, then do it.
run start: %:
	@tools/deps build run $(filter lighttpd nginx busybox,$(SERVER))
	@$(MAKE) --no-print-directory -s all
	@tools/serve $@
stop:
	@tools/serve stop
token:
	@tools/serve token "$$SUB" $${EXP:+"$$EXP"}
psql:
	@tools/deps client
	@tools/psql
migrate:
	@tools/deps client
	@tools/tasks-setup schema
demo:
	@tools/deps build run node
	@$(MAKE) --no-print-directory -s all
	@tools/demo
fuzz:
	@tools/deps build fuzz
	@tests/fuzz/run $(FUZZ_SECONDS)
e2e:
	@tools/deps build run node browser
	@$(MAKE) --no-print-directory -s all
	@tools/e2e $(PART)
abuse:
	@tools/deps build run nginx node
	@$(MAKE) --no-print-directory -s all
	@tests/abuse/run
docs:
	@tools/docs
deb:
	@tools/deps build node client package
	@tools/deb
package-test:
	@tools/deps build run nginx node test package
	@$(MAKE) --no-print-directory -s all unit
	@tests/package/run
# The programs and servers that it takes, it makes and installs itself.
test check:
	@tests/run $@
faults:
	@tools/deps build run nginx node faults
	@$(MAKE) --no-print-directory -s all
	@tests/faults/run

coverage:
	@tools/deps build run test node
	@tests/coverage
bench-pages:
	@tools/deps build run
	@$(MAKE) --no-print-directory -s all $(BUILD)/helpers/list_sql
	@tests/bench/pages $(USERS)

bench:
	@tests/bench/run

format:
	@tools/deps lint
	clang-format-14 -i $(wildcard include/*/*.h lib/*/*.c cgi-bin/*.c tools/*.c tools/*/*.[ch] \
		tests/*/*.[ch])
lint:
	@tools/deps build lint
	@tools/lint

D = $(DESTDIR)
# What is of use by hand: all that is called tasks-SOMETHING.
commands = $(filter-out %.c,$(wildcard tools/tasks-*)) $(filter $(BUILD)/tasks-%,$(tools))
# What those and jwks-refresh call.
callees = $(filter-out $(BUILD)/tasks-% %/token %/conninfo,$(tools))
places = sed -i 's|/usr/lib/tasks-cgi-tools|@TOOLS@|g; s|/usr/lib/tasks-cgi|$(CGIBINDIR)|g; \
	s|@TOOLS@|$(TOOLSDIR)|g; s|/usr/share/tasks-cgi|$(DATADIR)|g'
install: all docs
	# By renames: requests are served meanwhile.
	install -D -t $(D)$(CGIBINDIR).new $(PROGRAMS:%=$(BUILD)/%)
	install -d -m 755 $(D)$(CGIBINDIR)
	mv -f -t $(D)$(CGIBINDIR) $(D)$(CGIBINDIR).new/*
	rmdir $(D)$(CGIBINDIR).new
	install -D -t $(D)$(SBINDIR) $(commands)
	install -D -t $(D)$(TOOLSDIR) tools/jwks-refresh $(callees)
	install -D -m 644 -t $(D)$(TOOLSDIR) tools/lib.sh tools/wait.sh
	install -D -m 644 -t $(D)$(DATADIR)/sql $(wildcard sql/*.sql)
	install -D -m 644 -t $(D)$(DATADIR) .env.example $(wildcard *.example) systemd/pgbouncer.service.conf
	install -D -m 644 -t $(D)$(UNITDIR) $(wildcard systemd/tasks-*)
	install -D -m 644 systemd/sysusers.conf $(D)$(SYSUSERSDIR)/tasks-cgi.conf
	install -D -m 644 -t $(D)$(DATADIR)/htdocs build/htdocs/*.json
	install -D -m 644 -t $(D)$(DATADIR)/htdocs/docs build/htdocs/docs/*
	for page in $(wildcard man/*.[578]); do folder=$(D)$(MANDIR)/man$${page##*.}; \
		install -D -m 644 -t $$folder $$page && \
		sed -i 's/^\.Os tasks-cgi$$/& $(VERSION)/' $$folder/$${page#man/} || exit; done
	sed -i '1i # Defines of yours, which no upgrade touches.\nIncludeOptional /etc/tasks-cgi/apache.conf\n' \
		$(D)$(DATADIR)/httpd.conf.example
	$(places) $(D)$(DATADIR)/*.example $(D)$(UNITDIR)/tasks-* $(if $(wildcard man/*),$(D)$(MANDIR)/man*/tasks-cgi.*)

clean:
	rm -rf build

# Not those of other builds below it, which may be at work.
-include $(wildcard $(addprefix $(BUILD)/,lib/*/*.d cgi-bin/*.d tools/*.d tools/*/*.d tests/*/*.d run/*.d))

.PHONY: all unit run start stop token psql migrate demo e2e docs fuzz fuzzers test check faults abuse \
	coverage bench bench-pages format lint deb package-test install clean
.DELETE_ON_ERROR:
