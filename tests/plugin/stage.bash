# For the tests of windows and of JACK's clients, to be sourced: in a folder that goes with the test, a display that nobody
# sees and a JACK server that waits for its clients, however busy the machine is.

# needs TOOL...: the test is skipped where one is missing.
needs() {
  local tool
  for tool in Xvfb jackd "$@"; do
    command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 77; }
  done
}

fail() { tail -n 30 ./*.log >&2; echo "$(basename "$0"): $1" >&2; exit 1; }

# start NAME COMMAND...: in the background, with a log.
jobs=()
start() { "${@:2}" <&0 >>"$1.log" 2>&1 & jobs+=($!); }

# Tries until it works, for at most 30 seconds.
eventually() {
  local tries
  for ((tries = 0; tries < 150; ++tries)); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.2
  done
  fail "never: $*"
}

visible() { xdotool search --onlyvisible --name Atrous | head -n 1 | grep .; }

finish_stage() {
  kill "${jobs[@]}" 2>/dev/null || true
  sleep 1
  kill -KILL "${jobs[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work" /dev/shm/jack*"$JACK_DEFAULT_SERVER"*  # which a server leaves when it ends before its clients
}

set_stage() {
  work=$(mktemp -d)
  export JACK_DEFAULT_SERVER=atrous-stage-$$ JACK_NO_START_SERVER=1 LIBGL_ALWAYS_SOFTWARE=1 XDG_CONFIG_HOME=$work
  trap finish_stage EXIT
  cd "$work"
  mkdir atrous  # of settings
  mkfifo display
  exec 3<>display
  start xvfb Xvfb -displayfd 3 -screen 0 1600x1000x24
  local number
  read -r -t 60 number <&3 || fail "no display"
  export DISPLAY=:$number
  start jackd jackd --name "$JACK_DEFAULT_SERVER" --no-realtime --no-mlock --sync --timeout 10000 -d dummy --rate 48000 --period 256
  eventually test -S "/dev/shm/jack_${JACK_DEFAULT_SERVER}_$(id -u)_0"
}
