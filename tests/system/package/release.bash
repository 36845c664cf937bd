# shellcheck shell=bash disable=SC2016,SC2154
# The steps of a release: a package with the same bytes from every build, and a
# repository for apt.

# Build in another folder, as another user, on a host of another name, with another umask,
# and from files that are older than the release.
reproducible()
{
	local other=$scratch/another/folder file=${package##*/}
	mkdir -p -- "$other/build"
	tar -c --exclude=./build --exclude=./.git --exclude='./.run*' . | tar -x -C "$other"
	cp -a build/libpq "$other/build/"
	find "$other" -exec touch -h -d 2020-02-02 {} +
	# npm has installed what the lock file lists.
	touch "$other/htdocs/node_modules/.package-lock.json"
	chown -R nobody: "$scratch/another"
	chmod 711 "$scratch" "$scratch/another"
	unshare --uts sh -ec 'hostname elsewhere; umask 077; cd "$1"; exec setpriv --reuid=nobody \
		--regid=nogroup --clear-groups env HOME=/nonexistent TZ=Asia/Tokyo LC_ALL=C tools/dev/deb' - "$other"
	if ! cmp "$package" "$other/build/$file"; then
		dpkg-deb -R "$package" "$scratch/bytes-1"
		dpkg-deb -R "$other/build/$file" "$scratch/bytes-2"
		diff -rq "$scratch/bytes-1" "$scratch/bytes-2"
		return 1
	fi
	rm -rf -- "$scratch/another"
}

# Make a repository of the package and, to see its layout, of packages for another
# release and architecture. The key is for this test alone.
make_repository()
{
	local folder=$scratch/packages name=tasks-cgi_9+deb13u1_arm64
	export GNUPGHOME=$scratch/gnupg
	mkdir -m 700 -- "$GNUPGHOME"
	mkdir -p -- "$folder" "$scratch/$name/DEBIAN"
	cp -- "$package" "$folder/"
	printf '%s\n' 'Package: tasks-cgi' 'Version: 9+deb13u1' 'Architecture: arm64' \
		'Maintainer: The tests <tests@tests.invalid>' 'Description: empty' >"$scratch/$name/DEBIAN/control"
	dpkg-deb -b "$scratch/$name" "$folder/"
	gpg --batch --quiet --passphrase '' --quick-generate-key tests@tests.invalid ed25519 sign never
	make -s repo KEY=tests@tests.invalid DEBS="$folder"
	gpgconf --kill gpg-agent
	grep -qx "Filename: pool/trixie/$name.deb" build/repo/dists/trixie/main/binary-arm64/Packages
	grep -qx "Filename: pool/.*/${package##*/}" build/repo/dists/*/main/binary-"$(dpkg --print-architecture)"/Packages
}
