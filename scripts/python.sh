# The Python environment of ./test and ./run bench, in build/venv. Bash; sourced after common.sh.

# The clients that tests and benchmarks run.
PYTHON_PACKAGES=(huggingface_hub==2.4.0 hf_xet==1.8.0)
# What only benchmarks compare with. Where it is not ready-made, building it would need Rust; there it is left out.
PYTHON_BENCH_PACKAGES=(blake3==1.0.11)

# Installs what is missing: into the environment that is there, or into a new one when it is unfinished or its Python is gone.
python_venv() {
  local venv="$ROOT/build/venv" log="$ROOT/build/venv.log" stamp="$ROOT/build/venv/.installed"
  local clients="${PYTHON_PACKAGES[*]}" bench="${PYTHON_BENCH_PACKAGES[*]}"
  mkdir -p "$ROOT/build"
  exec 8>"$ROOT/build/venv.lock"
  flock 8
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$clients $bench" ] && "$venv/bin/python" -c '' 2>/dev/null; then
    exec 8>&-
    return 0
  fi
  say "$NAME: installing $clients $bench into build/venv"
  : >"$log"
  if [ ! -f "$stamp" ] || ! "$venv/bin/python" -c '' 2>/dev/null; then
    rm -rf "$venv"
    python3 -m venv "$venv" >>"$log" 2>&1 || python_venv_failed "$log"
  fi
  rm -f "$stamp"
  python_install "$log" "${PYTHON_PACKAGES[@]}" || python_venv_failed "$log"
  if python_install "$log" --only-binary=:all: "${PYTHON_BENCH_PACKAGES[@]}"; then
    printf '%s' "$clients $bench" >"$stamp"
  else
    say "$NAME: $bench cannot be installed here, so the benchmarks lack the limit that needs it; build/venv.log says why"
    printf '%s' "$clients" >"$stamp"
  fi
  exec 8>&-
}

python_install() { # LOG ARGUMENT…
  local log=$1
  shift
  "$ROOT/build/venv/bin/python" -m pip install -q --disable-pip-version-check "$@" >>"$log" 2>&1
}

python_venv_failed() { # LOG
  tail -n 5 "$1" >&2
  die 1 "the Python clients cannot be installed; all of it is in build/venv.log"
}
