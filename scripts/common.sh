# Shared by ./run and ./test. Bash; sourced, not executed. Expects ROOT (the project's directory).

say() { printf '%s\n' "$*" >&2; }
die() { # CODE MESSAGE
  local code=$1
  shift
  say "$NAME: $*"
  exit "$code"
}

# Prints the major version of the JDK in directory $1, from its release file; nothing if it is no JDK.
jdk_major() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

# Sets JAVA_HOME to a JDK of at least 25: the present one, that of PATH, or one in a usual place.
find_jdk() {
  local wanted=25 candidate major on_path
  on_path=$(command -v javac || true)
  [ -n "$on_path" ] && on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")")
  for candidate in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* "$HOME"/.sdkman/candidates/java/* \
    "$HOME"/.jdks/* /opt/jdk* /opt/java* /opt/java/* /opt/*jdk* /usr/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ -n "$candidate" ] || continue
    major=$(jdk_major "$candidate")
    if [ -n "$major" ] && [ "$major" -ge "$wanted" ]; then
      JAVA_HOME=$candidate
      export JAVA_HOME
      return 0
    fi
  done
  die 1 "a JDK $wanted or newer is needed (none in JAVA_HOME, PATH, /usr/lib/jvm, ~/.sdkman, /opt); install e.g. temurin-25-jdk and set JAVA_HOME"
}

need() { # COMMAND HOW
  command -v "$1" >/dev/null 2>&1 || die 1 "$1 is needed; $2"
}

# Installs Debian packages where that can be done without asking: as root, with apt. Fails silently; the caller checks.
debian_packages() { # LOG PACKAGE…
  local log=$1
  shift
  [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
  say "$NAME: installing $*"
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -q --no-install-recommends "$@" >"$log" 2>&1 ||
    { apt-get update -q && apt-get install -y -q --no-install-recommends "$@"; } >>"$log" 2>&1
}

# Says what is missing for mounting, and fails.
check_fuse() {
  [ "$(uname -s)" = Linux ] || die 1 "mounting needs Linux; here only './run hub' works"
  [ -e /dev/fuse ] || die 1 "/dev/fuse is missing; load the module (modprobe fuse) or give the container the device"
  if [ "$(id -u)" -ne 0 ]; then
    [ -r /dev/fuse ] && [ -w /dev/fuse ] || die 1 "/dev/fuse is not readable and writable for $(id -un); run as root or fix its mode"
    command -v fusermount3 >/dev/null 2>&1 || die 1 "fusermount3 is needed to mount without root; install the package fuse3"
  fi
}

# Whether the dynamic linker finds FUSE 2.9, which the engine jnr-fuse needs.
has_libfuse2() {
  { ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null; } | grep 'libfuse\.so\.2 ' >/dev/null
}

# Whether anything that stamp $1 was made from has changed since; directories count, so removals are seen.
is_stale() {
  local stamp=$1
  shift
  [ -f "$stamp" ] || return 0
  [ -n "$(find "$ROOT/pom.xml" "$@" -newer "$stamp" -print -quit 2>/dev/null)" ]
}

# JVM flags that every process of ours needs. The heap is small because what is read, cached and uploaded is bounded by it;
# G1 frees large arrays without copying them, at young collections already: marking the whole heap, which it would begin
# again and again at its default threshold, and after which all compiled code passes a barrier, is left for when the heap is
# nearly full. docs/performance.md has the figures.
JVM_FLAGS=(--enable-native-access=ALL-UNNAMED --add-modules=jdk.incubator.vector --sun-misc-unsafe-memory-access=allow
  -Dfile.encoding=UTF-8 -XX:+UseG1GC -XX:+UseCompactObjectHeaders -Xms64m -Xmx208m -XX:MaxDirectMemorySize=64m
  -XX:-G1UseAdaptiveIHOP -XX:InitiatingHeapOccupancyPercent=90 -XX:TrimNativeHeapInterval=5000)
# The demo is two programs in one process.
DEMO_FLAGS=(-Xmx448m -XX:MaxDirectMemorySize=128m)
