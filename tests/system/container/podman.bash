# shellcheck shell=bash disable=SC2034
# Podman with all of its state under $RUN/podman, and the containers of the tests.  Source
# this file in a script that has RUN, or in a test.

podman_state=${API_RUN:-$RUN}/podman
export CONTAINERS_CONF=$podman_state/containers.conf CONTAINERS_STORAGE_CONF=$podman_state/storage.conf
# The options of compose.yaml, as arguments of podman.
confined=(--read-only --read-only-tmpfs=false --tmpfs /tmp --cap-drop all --security-opt no-new-privileges)

# up NAME PORT [OPTION...]: start a container of the image tasks-cgi that reaches the
# lane's database.  Without systemd, podman says that it runs no health checks by itself.
up()
{
	podman run -d --name "$1" -p "127.0.0.1:$2:8080" "${confined[@]}" \
		-v "${API_SOCKET:-$RUN/postgres}:/run/db" "${@:3}" tasks-cgi 2>>"$podman_state/log" >&2
}

# The URL of the database in such a container, where the kernel identifies the user.
database_url='postgresql://tasks_app@/tasks?host=%2Frun%2Fdb'
