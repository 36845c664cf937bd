# The build of the task API.  Newcomers need only `make run`.  HACKING.md describes
# the rest.  Variables for the command line: BUILD, SAN=address,undefined, CC,
# CPPFLAGS, CFLAGS and LDFLAGS (appended to ours), LIBPQ, ARCHIVES, PREFIX,
# DESTDIR, CGIBINDIR.  For the servers: RUN, PORT, SERVER, MODE, POOL, DATABASE_URL (see
# tools/dev/serve).
VERSION := $(or $(shell tools/dev/version),$(error cannot read the version from CHANGELOG.md))

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
# AddressSanitizer reserves terabytes of address space, so do not limit it then.
export TASKS_MEMORY ?= $(if $(SAN),max)

PACKAGES = libpq libjwt jansson libcrypto
# Run pkg-config once, and only when something is compiled, because the packages may
# have been installed by an earlier rule of the same run.
pkg_cflags = $(eval pkg_cflags := $$(shell pkg-config --cflags $(PACKAGES)))$(pkg_cflags)
libs = $(file <$(libpq)) $(library) $(file <$(late)/flags) $(library) -ljwt -ljansson \
	-l:libfcgi.a -lcrypto -lssl

WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wvla -Wundef \
	-Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	-Werror
HARDENING = -fPIE -fstack-protector-strong -fstack-clash-protection
# The flag that protects indirect branches depends on the processor.  Try them only when
# something is compiled.
branches = $(eval branches := $$(firstword $$(foreach flag,-fcf-protection -mbranch-protection=standard, \
	$$(shell $$(CC) $$(flag) -S -o /dev/null -xc /dev/null 2>/dev/null && echo $$(flag)))))$(branches)
CODEGEN = $(if $(SAN),-O1 -g -fsanitize=$(SAN) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer,-O2 $(FORTIFY))
# Clang's fortified sprintf is a macro, so banned.h could not poison that name.
FORTIFY = $(if $(findstring clang,$(CC)),,-D_FORTIFY_SOURCE=2)

compile := $(CC) -std=c17 -D_GNU_SOURCE -Iinclude -MMD -MP \
	'-DTASKS_VERSION="$(VERSION)"' $(WARNINGS) $(HARDENING) $(CODEGEN) \
	$(if $(SAN),-DSANDBOX_OFF -DOPENSSL_BINDING=0)
link := $(CC) $(if $(SAN),-fsanitize=$(SAN)) -pie -Wl,-z,relro,-z,now \
	-Wl,--as-needed

# How to link libpq: static, or shared like Debian's package.
LIBPQ ?= static
ARCHIVES ?= build/libpq
libpq = $(ARCHIVES)/$(LIBPQ)
# This file is renewed when LIBPQ changes, so that everything is linked again.
linked = $(BUILD)/libpq-$(LIBPQ)

library = $(BUILD)/libtasks.a
# How to link OpenSSL.
late = $(BUILD)/late
parts = $(library) $(linked) $(late)/flags
objects = $(patsubst lib/%.c,$(BUILD)/lib/%.o,$(wildcard lib/*/*.c))
units = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
helpers = $(patsubst tests/lib/%.c,$(BUILD)/helpers/%,$(wildcard tests/lib/*.c))
fuzzers = $(patsubst tests/robustness/fuzz/%.c,$(BUILD)/%,$(wildcard tests/robustness/fuzz/fuzz_*.c))
admin = $(patsubst tools/admin/%.c,$(BUILD)/%,$(wildcard tools/admin/*.c))
dev = $(patsubst tools/dev/%.c,$(BUILD)/%,$(wildcard tools/dev/*.c))

all: $(PROGRAMS:%=$(BUILD)/%) $(admin) $(dev)
unit: $(units) $(helpers) $(BUILD)/client

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(compile) $(branches) $(pkg_cflags) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# health reports the version, which CHANGELOG.md states.
$(BUILD)/cgi-bin/health.o $(BUILD)/run/health.o: CHANGELOG.md

$(library): $(objects)
	rm -f $@
	$(AR) rcs $@ $^

$(libpq): tools/dev/libpq
	tools/dev/libpq $(@D) $(LIBPQ)

$(linked): $(libpq)
	@mkdir -p $(@D)
	rm -f $(BUILD)/libpq-*
	cp $< $@

$(late)/flags: tools/dev/late $(library) $(linked)
	tools/dev/late $(late) '$(CC)' $(library) $(file <$(libpq))

link_it = $(link) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(libs) \
	$(LDLIBS)
$(PROGRAMS:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/cgi-bin/%.o $(parts)
	$(link_it)
$(admin): $(BUILD)/%: $(BUILD)/tools/admin/%.o $(parts)
	$(link_it)
$(dev): $(BUILD)/%: $(BUILD)/tools/dev/%.o $(parts)
	$(link_it)
$(BUILD)/container: $(BUILD)/tools/container/container.o $(parts)
	$(link_it)
# tasks-check has one source file per subject. sql/ states the schema version to
# expect.
checks = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tools/admin/check/*.c))
$(BUILD)/tasks-check: $(checks)
schema := $(shell sed -n "s/.*AS 'SELECT \([0-9]*\)'.*/\1/p" sql/05-version.sql)
$(checks): compile += -DTASKS_SCHEMA=$(schema)
$(checks): sql/05-version.sql
$(units): $(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(parts)
	@mkdir -p $(@D)
	$(link_it)
$(helpers): $(BUILD)/helpers/%: $(BUILD)/tests/lib/%.o $(parts)
	@mkdir -p $(@D)
	$(link_it)

# The coprocess that sends the requests of the bats tests, so that they need not start
# a program for each one.
client = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/lib/client/*.c))
$(BUILD)/client: $(client) $(BUILD)/lib/app/route.o $(BUILD)/lib/http/method.o
	$(link) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcurl -ljq -lpq -lcrypto $(LDLIBS)

# tests/robustness/fuzz/run builds these and sets BUILD, CC, SAN and CPPFLAGS.
fuzzers: $(fuzzers)
$(fuzzers): $(BUILD)/%: $(BUILD)/tests/robustness/fuzz/%.o $(parts)
	$(link_it) -fsanitize=fuzzer
# The programs as functions, for the fuzzer of whole requests.
run = $(PROGRAMS:%=$(BUILD)/run/%.o)
$(BUILD)/fuzz_request: $(run)
$(run): $(BUILD)/run/%.o: cgi-bin/%.c Makefile
	@mkdir -p $(@D)
	$(compile) $(branches) $(pkg_cflags) $(CPPFLAGS) $(CFLAGS) -Wno-missing-prototypes \
		-Dmain=run_$(subst -,_,$*) -c -o $@ $<

# Install and build the prerequisites, then run the command.
run start: %:
	@tools/dev/deps build run $(filter lighttpd nginx busybox,$(SERVER))
	@$(MAKE) --no-print-directory -s all
	@tools/dev/serve $@
stop:
	@tools/dev/serve stop
token:
	@tools/dev/serve token "$$SUB" $${EXP:+"$$EXP"}
psql:
	@tools/dev/deps client
	@tools/dev/psql
migrate:
	@tools/dev/deps client
	@tools/admin/tasks-setup schema
demo:
	@tools/dev/deps build run node
	@$(MAKE) --no-print-directory -s all
	@tools/dev/demo
fuzz:
	@tools/dev/deps build fuzz
	@tests/robustness/fuzz/run $(FUZZ_SECONDS)
e2e:
	@tools/dev/deps build run node browser
	@$(MAKE) --no-print-directory -s all
	@tools/dev/e2e $(PART)
abuse:
	@tools/dev/deps build run nginx node
	@$(MAKE) --no-print-directory -s all
	@tests/robustness/abuse/run
docs:
	@tools/dev/docs
deb:
	@tools/dev/deps build node client package
	@tools/dev/deb
repo:
	@tools/dev/deps repo
	@tools/dev/repo '$(KEY)' $(DEBS)
package-test:
	@tools/dev/deps build run nginx node test package
	@$(MAKE) --no-print-directory -s all unit
	@tests/system/package/run
# tests/run installs and builds its own prerequisites.
arm64:
	@tests/run arm64
test check:
	@tests/run $@
faults:
	@tools/dev/deps build run nginx node faults
	@$(MAKE) --no-print-directory -s all
	@tests/robustness/faults/run

coverage:
	@tools/dev/deps build run test node
	@tests/coverage
bench-pages:
	@tools/dev/deps build run
	@$(MAKE) --no-print-directory -s all $(BUILD)/helpers/list_sql
	@tests/bench/pages $(USERS)

bench:
	@tests/bench/run

format:
	@tools/dev/deps lint
	clang-format -i $(wildcard include/*/*.h lib/*/*.c cgi-bin/*.c tools/*/*.c tools/*/*/*.[ch] \
		tests/*/*.[ch] tests/*/*/*.[ch])
lint:
	@tools/dev/deps build lint
	@tools/dev/lint

D = $(DESTDIR)
# The operator's commands: everything that is named tasks-SOMETHING.
commands = $(filter-out %.c,$(wildcard tools/admin/tasks-*)) $(filter $(BUILD)/tasks-%,$(admin))
# The programs that these commands and jwks-refresh call.
callees = $(filter-out $(BUILD)/tasks-%,$(admin))
places = sed -i 's|/usr/lib/tasks-cgi-tools|@TOOLS@|g; s|/usr/lib/tasks-cgi|$(CGIBINDIR)|g; \
	s|@TOOLS@|$(TOOLSDIR)|g; s|/usr/share/tasks-cgi|$(DATADIR)|g'
install: all docs
	# Replace the programs by renames, because requests may be served meanwhile.
	install -D -t $(D)$(CGIBINDIR).new $(PROGRAMS:%=$(BUILD)/%)
	install -d -m 755 $(D)$(CGIBINDIR)
	mv -f -t $(D)$(CGIBINDIR) $(D)$(CGIBINDIR).new/*
	rmdir $(D)$(CGIBINDIR).new
	install -D -t $(D)$(SBINDIR) $(commands)
	install -D -t $(D)$(TOOLSDIR) tools/admin/jwks-refresh $(callees)
	install -D -m 644 -t $(D)$(TOOLSDIR) tools/admin/lib.sh tools/admin/wait.sh
	install -D -m 644 -t $(D)$(DATADIR)/sql $(wildcard sql/*.sql)
	install -D -m 644 -t $(D)$(DATADIR) .env.example $(wildcard *.example deploy/*.example) deploy/systemd/pgbouncer.service.conf
	install -D -m 644 -t $(D)$(UNITDIR) $(wildcard deploy/systemd/tasks-*)
	install -D -m 644 deploy/systemd/sysusers.conf $(D)$(SYSUSERSDIR)/tasks-cgi.conf
	install -D -m 644 -t $(D)$(DATADIR)/htdocs build/htdocs/*.json
	install -D -m 644 -t $(D)$(DATADIR)/htdocs/docs build/htdocs/docs/*
	for page in $(wildcard man/*.[578]); do folder=$(D)$(MANDIR)/man$${page##*.}; \
		install -D -m 644 -t $$folder $$page && \
		sed -i 's/^\.Os tasks-cgi$$/& $(VERSION)/' $$folder/$${page#man/} || exit; done
	sed -i '1i # Your own Defines: an upgrade does not change this file.\nIncludeOptional /etc/tasks-cgi/apache.conf\n' \
		$(D)$(DATADIR)/httpd.conf.example
	$(places) $(D)$(DATADIR)/*.example $(D)$(UNITDIR)/tasks-* $(if $(wildcard man/*),$(D)$(MANDIR)/man*/tasks-cgi.*)

clean:
	rm -rf build

# Name the folders: other builds below $(BUILD) may be running now.
-include $(wildcard $(addprefix $(BUILD)/,lib/*/*.d cgi-bin/*.d tools/*/*.d tools/*/*/*.d \
	tests/*/*.d tests/*/*/*.d run/*.d))

.PHONY: all unit arm64 run start stop token psql migrate demo e2e docs fuzz fuzzers test check faults abuse \
	coverage bench bench-pages format lint deb repo package-test install clean
.DELETE_ON_ERROR:
