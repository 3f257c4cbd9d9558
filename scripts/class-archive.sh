# An archive of classes that are parsed and linked already, for faster starts with less memory (class data sharing of the
# JVM). Sourced by ./run after common.sh; expects ROOT and JAVA_HOME. Without a usable archive everything works as well.

ARCHIVE="$ROOT/build/class-archive/classes.jsa"
SIDECAR_CLASSES="$ROOT/control-api/target/control-api.jar:$ROOT/control-api/target/lib/*"
# A JVM that cannot use an archive, for instance with another collector, goes on without; it would say so each time.
ARCHIVE_QUIET=('-Xlog:cds*=off' '-Xlog:aot*=off')

# What an archive is for: this JVM with these flags, and exactly these files.
archive_key() {
  printf '%s\n' "$JAVA_HOME" "${JVM_FLAGS[*]}"
  cat "$JAVA_HOME/release"
  ls -l --time-style=full-iso "$ROOT/control-api/target/control-api.jar" "$ROOT/control-api/target/lib" | cksum
}

# Adds the archive to JVM_FLAGS, making it first if it is missing or for something else. Never fails.
use_archive() {
  [ "$(uname -s)" = Linux ] || return 0
  local key
  key=$(archive_key 2>/dev/null) || return 0
  if [ "$(cat "$ARCHIVE.key" 2>/dev/null)" != "$key" ]; then
    mkdir -p "${ARCHIVE%/*}" 2>/dev/null && { : >>"$ARCHIVE.lock"; } 2>/dev/null || return 0
    # Two first starts at once are one training.
    exec 8>"$ARCHIVE.lock"
    flock 8
    if [ "$(cat "$ARCHIVE.key" 2>/dev/null)" != "$key" ]; then
      say "run: preparing faster starts (some 15 seconds, once for a build) …"
      rm -f "$ARCHIVE" "$ARCHIVE.key"
      make_archive || say "run: that failed, starts stay as slow as they are; its log is ${ARCHIVE%/*}/log"
      # A failure is not repeated at every start.
      printf '%s\n' "$key" >"$ARCHIVE.key"
    fi
    exec 8>&-
  fi
  if [ -s "$ARCHIVE" ]; then
    JVM_FLAGS+=("-XX:SharedArchiveFile=$ARCHIVE" "${ARCHIVE_QUIET[@]}")
  fi
}

# Runs a demo of its own through what mounts do, and keeps the classes that it loaded.
make_archive() {
  local work pid code=0 i
  work=$(mktemp -d "${ARCHIVE%/*}/training.XXXXXX") || return 1
  : >"${ARCHIVE%/*}/log" # both sides append
  # Nothing of the user's configuration: the mounts it declares, its token and its limits are not for training.
  (
    cd "$work" &&
      exec env -i "PATH=$PATH" "HOME=$work" "MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-2}" \
        "$JAVA_HOME/bin/java" "${JVM_FLAGS[@]}" "${DEMO_FLAGS[@]}" "${ARCHIVE_QUIET[@]}" \
        "-XX:ArchiveClassesAtExit=$work/classes.jsa" -cp "$SIDECAR_CLASSES" io.hfmount.api.demo.DemoMain \
        --mount "$work/mnt" --data "$work/data" --port 0 --hub-port 0 --env-file "$work/env"
  ) >>"${ARCHIVE%/*}/log" 2>&1 8>&- &
  pid=$!
  # shellcheck disable=SC2064 # these very values
  trap "kill $pid 2>/dev/null; wait $pid; rm -rf --one-file-system '$work'; exit 143" INT TERM HUP
  for ((i = 0; i < 600; i++)); do
    [ ! -e "$work/env" ] && kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  if [ -e "$work/env" ]; then
    # In a shell of its own: what fails there only makes the archive smaller.
    (train "$work") >>"${ARCHIVE%/*}/log" 2>&1 8>&- || true
  fi
  kill "$pid" 2>/dev/null || true
  wait "$pid" || code=$?
  trap - INT TERM HUP
  # Without FUSE it ends with a fault, and the archive has all but the mount.
  if [ "$code" -lt 128 ] && [ -s "$work/classes.jsa" ]; then
    mv "$work/classes.jsa" "$ARCHIVE"
  fi
  rm -rf --one-file-system "$work"
  [ -s "$ARCHIVE" ]
}

# Writes, publishes, edits, copies and renames, and reads it all through a second mount.
train() { # DIRECTORY
  local MOUNT API reader="$1/reader"
  set +e
  # shellcheck disable=SC1091 # made by the demo
  . "$1/env"
  head -c 2097152 /dev/urandom >"$MOUNT/file"
  timeout 20 sync "$MOUNT/file"
  printf more >>"$MOUNT/file"
  timeout 20 sync "$MOUNT/file"
  mkdir "$MOUNT/directory" "$reader"
  cp "$MOUNT/file" "$MOUNT/directory/copy"
  mv "$MOUNT/directory/copy" "$MOUNT/directory/name"
  timeout 20 sync "$MOUNT/directory/name"
  post "${API##*:}" /v1/mounts \
    "{\"source\":\"hf://buckets/demo/data\",\"mountPoint\":\"$reader\",\"mode\":\"read-only\"}"
  ls -lR "$reader"
  timeout 20 cat "$reader/file" >/dev/null
  rm "$MOUNT/directory/name"
}

# Asks the API, with what every bash has.
post() { # PORT PATH BODY
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'POST %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' \
    "$2" "$1" "${#3}" "$3" >&3
  timeout 20 cat <&3
  exec 3>&-
}
