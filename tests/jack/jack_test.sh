#!/usr/bin/env bash
# Plays a guitar through samples/jack_effect, in a JACK server of its own, and compares what comes out with what files give:
# jack_test.sh SOURCE_DIR PROGRAMS TAPE
set -euo pipefail
source=$1 programs=$2 tape=$3
command -v jackd >/dev/null || { echo 'SKIPPED: no jackd'; exit 77; }
folder=$(mktemp -d)
server= client=
# One name, for JACK counts servers that died without a word, and takes up to eight names; so one test at a time.
export JACK_DEFAULT_SERVER=atrous-test
exec 9>"${TMPDIR:-/tmp}/atrous-jack-test.lock"
flock 9
finish() {
  kill $client $server 2>/dev/null || true
  wait
  rm -rf "$folder" /dev/shm/jack*"$JACK_DEFAULT_SERVER"*  # which a server leaves when it ends before its clients
}
trap finish EXIT
cd "$folder"
model=$source/models/amp.nam

fail() {
  echo "FAILED: $1" >&2
  tail -n 20 jackd.log client.log tape.log >&2 || true
  exit 1
}
holds() {
  local what=$1
  shift
  "$@" || fail "$what: $*"
}

# A server at the rate $1, in blocks of $2 frames. Synchronous: it waits for its clients, however busy the machine is, so that nothing is lost.
start_server() {
  timeout 90 jackd --name "$JACK_DEFAULT_SERVER" --no-realtime --no-mlock --sync --timeout 10000 -d dummy --rate "$1" --period "$2" >jackd.log 2>&1 9>&- &
  server=$!
}
stop_server() {
  kill $server
  wait $server || true
  server=
}

# live ARGUMENT...: starts the client, once the server is there.
live() {
  for _ in $(seq 100); do
    rm -f client.log
    "$programs/sample_jack_effect" "$@" >client.log 2>client.err 9>&- &
    client=$!
    until [ -s client.log ]; do kill -0 $client 2>/dev/null || break; sleep 0.05; done
    [ ! -s client.log ] || return 0
    wait $client || true
    grep -q 'no JACK server' client.err || { cat client.err >&2; fail 'the client does not start'; }
    sleep 0.05
  done
  fail 'the server does not start'
}
# ends SIGNAL: the client's exit code.
ends() {
  kill -"$1" $client
  local code=0
  wait $client || code=$?
  client=
  [ $code = 0 ] && grep -qE '^[0-9]+ xruns$' client.log
}

# At the model's own rate, in blocks of 256, 64 and 1024 frames, beside the sound card, which is silent.
start_server 48000 256
live "$model" 2 --connect
holds 'two channels are there' grep -q '^atrous: 2 channels, 48000 Hz, blocks of 256$' client.log
"$tape" "$model" "$source/samples/guitar.wav" played.wav recorded.wav atrous:in_1 atrous:out_1 64 1024 >tape.log 2>&1 || fail 'the tape'
"$programs/atrous" process "$model" played.wav expected.wav >process.log
holds 'it sounds as atrous process does' cmp recorded.wav expected.wav
holds 'it ends by a signal' ends INT
stop_server

# At another rate, where it is late; in blocks of 147 frames, 160 of the model's, so that every block starts at the phase that
# files start at. An effect that starts with the sound has not yet heard what the model makes of silence, for 80 frames.
start_server 44100 147
live "$model"
holds 'one channel is there' grep -q '^atrous: 1 channel, 44100 Hz' client.log
"$tape" "$model" "$source/samples/guitar.wav" played.wav recorded.wav atrous:in_1 atrous:out_1 >tape.log 2>&1 || fail 'the tape'
"$programs/sample_embed_effect" "$model" played.wav expected.wav
holds 'at another rate it sounds as in a plugin' cmp --ignore-initial=400 recorded.wav expected.wav
stop_server
code=0
wait $client || code=$?
client=
holds 'it ends with its server' [ $code = 1 ]
holds 'it says so' grep -q 'the JACK server has ended' client.err

# refuses PATTERN ARGUMENT...: says why in its last line; JACK's library has its own to say before.
refuses() {
  local pattern=$1 code=0
  shift
  "$programs/sample_jack_effect" "$@" >client.log 2>client.err || code=$?
  [ $code = 1 ] && tail -n 1 client.err | grep -q "^jack_effect: .*$pattern"
}
holds 'no server' refuses 'no JACK server' "$model"
holds 'no model' refuses 'none.nam' none.nam
holds 'no such number of channels' refuses 'usage' "$model" 65
