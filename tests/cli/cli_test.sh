#!/usr/bin/env bash
# Calls the program as people and scripts do: cli_test.sh SECTION ATROUS CLI_FIXTURES WAV_FACTS
set -uo pipefail
section=$1 atrous=$2 fixtures=$3 wav_facts=$4
unset ATROUS_ISA
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$fixtures" "$folder/in" || exit 1
mkdir "$folder/work" && cd "$folder/work" && cp ../in/* .
failures=0 checks=0 skipped=0

problem() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# What this machine cannot show: the section exits with 77, which ctest shows as skipped, unless something fails.
skip() {
  echo "SKIPPED: $*"
  skipped=1
}

listing() { find . -type f -printf '%p %s %T@\n' | sort; }

# refused CODE PATTERN ARGUMENT...: exits with CODE, says one line that matches PATTERN, and writes nothing.
refused() {
  local code=$1 pattern=$2 before status
  shift 2
  checks=$((checks + 1))
  before=$(listing)
  timeout 60 "$atrous" "$@" >../stdout 2>../stderr </dev/null
  status=$?
  [[ $status == "$code" ]] || problem "atrous $*: exit code $status, expected $code: $(cat ../stderr)"
  [[ $(wc -l <../stderr) == 1 ]] || problem "atrous $*: expected one line on stderr, found: $(cat ../stderr)"
  grep -Eq -- "$pattern" ../stderr || problem "atrous $*: expected '$pattern', found: $(cat ../stderr)"
  [[ ! -s ../stdout ]] || problem "atrous $*: printed on stdout: $(head -c 200 ../stdout)"
  [[ $(listing) == "$before" ]] || problem "atrous $*: files changed: $(diff <(echo "$before") <(listing))"
}

# runs ARGUMENT...: exits with 0 and says nothing on stderr; its output is in ../stdout.
runs() {
  checks=$((checks + 1))
  timeout 120 "$atrous" "$@" >../stdout 2>../stderr </dev/null || problem "atrous $*: exit code $?: $(cat ../stderr)"
  [[ ! -s ../stderr ]] || problem "atrous $*: said: $(cat ../stderr)"
}

equal() {
  checks=$((checks + 1))
  [[ $2 == "$3" ]] || problem "$1: expected '$3', found '$2'"
}

same_bytes() {
  checks=$((checks + 1))
  cmp -s "$1" "$2" || problem "$1 and $2 differ"
}

different_bytes() {
  checks=$((checks + 1))
  cmp -s "$1" "$2" && problem "$1 and $2 are the same"
}

has() {
  checks=$((checks + 1))
  grep -Eq -- "$2" <<<"$3" || problem "$1: expected '$2', found '$3'"
}

png() { equal "$1 is a PNG" "$(head -c 8 "$1" | od -An -tx1 | tr -d ' ')" 89504e470d0a1a0a; }

facts() { "$wav_facts" "$1" 2>&1; }

# json KEY: the number or word behind "KEY" in ../stdout.
json() { grep -E "\"$1\":" ../stdout | head -n 1 | sed -E 's/^[^:]*: *//; s/,$//; s/"//g'; }

below() {
  checks=$((checks + 1))
  awk -v a="$2" -v b="$3" 'BEGIN { exit !(a == a + 0 && a + 0 < b + 0) }' || problem "$1: expected below $3, found '$2'"
}

bad_calls() {
  refused 2 'which command'
  refused 2 "no command 'nonsense'" nonsense
  refused 2 'nonsense' --nonsense
  refused 2 'MODEL.*see atrous info --help' info
  refused 2 'unexpected|not expected' info amp.nam extra
  refused 2 '--nonsense' info amp.nam --nonsense
  # Models that are not there, or are none.
  refused 2 'missing.nam: no such file' info missing.nam
  refused 2 'in: is a folder|\.: is a folder' info .
  refused 2 'empty.nam' info empty.nam
  refused 2 'text.nam' info text.nam
  refused 2 'text.safetensors' info text.safetensors
  refused 2 'silent.wav' info silent.wav
  refused 2 'no_weights.nam.*weights' info no_weights.nam
  refused 2 'transformer.nam.*Transformer' info transformer.nam
  refused 2 'text.nam' process text.nam s16.wav out.wav
  refused 2 'no_weights.nam.*weights' process no_weights.nam s16.wav out.wav
  refused 2 'text.nam' generate text.nam out.wav --samples 10
  refused 2 'text.nam' score text.nam s16.wav
  refused 2 'text.nam' bench text.nam
  refused 2 'text.nam' convert text.nam out.safetensors
  refused 2 'text.nam' mel s16.wav out.npy --like text.nam
  # Sounds.
  refused 2 'missing.wav: no such file' process amp.nam missing.wav out.wav
  refused 2 'is a folder' process amp.nam . out.wav
  refused 2 'empty.wav' process amp.nam empty.wav out.wav
  refused 2 'text.wav' process amp.nam text.wav out.wav
  refused 2 'silent.wav: holds no samples' process amp.nam silent.wav out.wav
  refused 2 'amp.nam' process amp.nam amp.nam out.wav
  refused 2 'three.wav: expected 2 channels.*found 3' process two_inputs.safetensors three.wav out.wav
  refused 2 's16.wav: expected 2 channels.*found 1' process two_inputs.safetensors s16.wav out.wav
  # Knobs.
  refused 2 'no knobs' process amp.nam s16.wav out.wav --knob 0.5
  refused 2 "2 knobs, expected NAME=VALUE.*'PARAM1', 'PARAM2'" process knobs.json s16.wav out.wav --knob 0.5
  refused 2 "no knob 'gain'.*'PARAM1', 'PARAM2'" process knobs.json s16.wav out.wav --knob gain=0.5
  refused 2 "PARAM1=2.*expected 0 to 1, found '2'" process knobs.json s16.wav out.wav --knob PARAM1=2
  refused 2 'second from 0 on' process knobs.json s16.wav out.wav --knob PARAM1=1@-1
  refused 2 'PARAM1=1@x' process knobs.json s16.wav out.wav --knob PARAM1=1@x
  refused 2 'knob-ramp' process knobs.json s16.wav out.wav --knob-ramp -1
  refused 2 'oversample' process amp.nam s16.wav out.wav --oversample 3
  refused 2 'oversample-phase' process amp.nam s16.wav out.wav --oversample 2 --oversample-phase maximum
  # Cabinets.
  refused 2 'missing.wav: no such file' process amp.nam s16.wav out.wav --ir missing.wav
  refused 2 'text.wav' process amp.nam s16.wav out.wav --ir text.wav
  refused 2 'silent.wav: expected an impulse response' process amp.nam s16.wav out.wav --ir silent.wav
  refused 2 'requires --ir' process amp.nam s16.wav out.wav --ir-normalize
  refused 2 'rate44.wav: is the input too' process amp.nam s16.wav rate44.wav --ir rate44.wav
  mkdir cabinets
  cp rate44.wav cabinets/s16.wav
  refused 2 'cabinets/s16.wav: is the input too' process amp.nam s16.wav rate44.wav cabinets --ir cabinets/s16.wav
  refused 2 'amp.nam: is the input too' process amp.nam s16.wav . --pattern amp.nam
  # Outputs.
  refused 2 's16.wav: is the input too' process amp.nam s16.wav s16.wav
  refused 2 's16.wav: is the input too' process amp.nam s16.wav "../${PWD##*/}/s16.wav"
  refused 2 'amp.nam: is the input too' process amp.nam s16.wav amp.nam
  refused 2 'nowhere/out.wav: no such folder' process amp.nam s16.wav nowhere/out.wav
  refused 2 's16.wav: is the input too' process amp.nam s16.wav .
  refused 2 'out.xyz' process amp.nam s16.wav out.xyz
  refused 2 'out' process amp.nam s16.wav out
  refused 1 '/dev/full' process amp.nam s16.wav /dev/full
  refused 2 'out.xyz' generate voice.safetensors out.xyz --samples 10
  refused 2 'nowhere/out.wav: no such folder' generate voice.safetensors nowhere/out.wav --samples 10
  refused 2 'out.nam' convert amp.nam out.nam
  refused 2 'amp.nam: is the input too' convert amp.nam amp.nam
  refused 2 'nowhere/a.safetensors: no such folder' convert amp.nam nowhere/a.safetensors
  refused 2 'out.wav' mel speech.wav out.wav --like mel.safetensors
  # The wrong kind of model.
  refused 2 'voice.safetensors.*atrous generate' process voice.safetensors s16.wav out.wav
  refused 2 'amp.nam.*atrous process' generate amp.nam out.wav --samples 10
  refused 2 'amp.nam' score amp.nam s16.wav
  refused 2 'voice.safetensors' mel speech.wav out.npy --like voice.safetensors
  refused 2 'no_front_end.safetensors' mel speech.wav out.npy --like no_front_end.safetensors
  # Options of process.
  refused 2 'amp' process amp.nam s16.wav out.wav --isa amp
  refused 2 'block' process amp.nam s16.wav out.wav --block 0
  refused 2 'block' process amp.nam s16.wav out.wav --block -5
  refused 2 'block' process amp.nam s16.wav out.wav --block 9999999
  refused 2 'block' process amp.nam s16.wav out.wav --block ten
  refused 2 'gain-in' process amp.nam s16.wav out.wav --gain-in nan
  refused 2 'gain-out' process amp.nam s16.wav out.wav --gain-out 1e9
  refused 2 'no_loudness.nam.*loudness' process no_loudness.nam s16.wav out.wav --normalize
  refused 2 'no_loudness.nam.*output_level_dbu' process no_loudness.nam s16.wav out.wav --calibrate 12
  refused 2 'identity.safetensors.*input_level_dbu' process identity.safetensors s16.wav out.wav --calibrate 12
  refused 2 'calibrate' process amp.nam s16.wav out.wav --calibrate loud
  refused 2 'calibrate' process amp.nam s16.wav out.wav --calibrate 1e9
  refused 2 'size' process amp.nam s16.wav out.wav --size 0.5
  refused 2 'size' process amp.nam s16.wav out.wav --size 2
  # Options of generate.
  refused 2 '--seconds or --samples' generate voice.safetensors out.wav
  refused 2 'seconds' generate voice.safetensors out.wav --seconds 0
  refused 2 'seconds' generate voice.safetensors out.wav --seconds -1
  refused 2 'seconds' generate voice.safetensors out.wav --seconds inf
  refused 2 'samples' generate voice.safetensors out.wav --samples 0
  refused 2 'excludes' generate voice.safetensors out.wav --samples 10 --seconds 1
  refused 2 'temperature' generate voice.safetensors out.wav --samples 10 --temperature -1
  refused 2 'temperature' generate voice.safetensors out.wav --samples 10 --temperature nan
  refused 2 'seed' generate voice.safetensors out.wav --samples 10 --seed -1
  refused 2 'seed' generate voice.safetensors out.wav --samples 10 --seed lucky
  refused 2 'samples' generate voice.safetensors out.wav --samples -1
  refused 2 'samples' generate voice.safetensors out.wav --samples 1.5
  refused 2 'precision' generate voice.safetensors out.wav --samples 10 --precision f64
  refused 2 'streams' generate voice.safetensors out.wav --samples 10 --streams 0
  refused 2 'threads' generate voice.safetensors out.wav --samples 10 --threads 0
  refused 2 'raw-format' generate voice.safetensors - --samples 10 --raw-format mp3
  refused 2 'no speakers' generate voice.safetensors out.wav --samples 10 --speaker 0
  refused 2 'speaker.*0 to 2.*3' generate speakers.safetensors out.wav --samples 10 --speaker 3
  refused 2 'speaker' generate speakers.safetensors out.wav --samples 10 --speaker -1
  refused 2 'reads no features' generate voice.safetensors out.wav --mel c.safetensors
  refused 2 'reads no features' generate voice.safetensors out.wav --from speech.wav
  refused 2 'give --mel FILE or --from WAV' generate mel.safetensors out.wav --seconds 1
  refused 2 'excludes' generate mel.safetensors out.wav --mel c.safetensors --from speech.wav
  refused 2 'c_wrong.safetensors: expected 5 bins, found the shape \(1, 6, 40\)' generate mel.safetensors out.wav --mel c_wrong.safetensors
  refused 2 "other.safetensors.*'c'" generate mel.safetensors out.wav --mel other.safetensors
  refused 2 'missing.npy: no such file' generate mel.safetensors out.wav --mel missing.npy
  refused 2 'speech.wav: expected features' generate mel.safetensors out.wav --mel speech.wav
  refused 2 'silent.wav: holds no samples' generate mel.safetensors out.wav --from silent.wav
  refused 2 'no_front_end.safetensors' generate no_front_end.safetensors out.wav --from speech.wav
  refused 2 'missing.wav: no such file' generate voice.safetensors out.wav --samples 10 --prime missing.wav
  refused 2 'speech.wav.*conditioning' generate mel.safetensors out.wav --mel c.safetensors --prime speech.wav
  refused 2 'c.safetensors: is the input too' generate mel.safetensors c.safetensors --mel c.safetensors
  # The rest.
  refused 2 'B' compare s16.wav
  refused 2 'missing.wav: no such file' compare s16.wav missing.wav
  refused 2 '48000 Hz.*44100 Hz' compare s16.wav rate44.wav
  refused 2 'channels' compare s16.wav three.wav
  refused 2 'like' mel speech.wav out.npy
  ATROUS_ISA=pentium refused 2 'pentium' process amp.nam s16.wav out.wav
}

# Failures that are nobody's bad input: exit code 1.
failures_of_the_machine() {
  [[ -e /dev/full ]] || return
  checks=$((checks + 2))
  "$atrous" info amp.nam >/dev/full 2>../stderr
  equal 'info to a full disk' "$? $(wc -l <../stderr)" '1 1'
  "$atrous" generate voice.safetensors - --samples 100000 >/dev/full 2>../stderr
  equal 'generate to a full disk' "$? $(wc -l <../stderr)" '1 1'
}

help() {
  runs --help
  has 'atrous --help' 'Example:' "$(<../stdout)"
  runs --version
  has 'atrous --version' '^atrous [0-9]+\.[0-9]+\.[0-9]+$' "$(<../stdout)"
  for command in info process generate score mel convert bench compare spectrogram; do
    runs "$command" --help
    has "atrous $command --help" "^  atrous $command [a-z]" "$(<../stdout)"
  done
}

info_and_convert() {
  runs info amp.nam
  has 'info' '^receptive field +15 samples, 0\.3 ms$' "$(<../stdout)"
  has 'info' "^HDC +M2 = 2, at most the kernel's 3 taps: holds$" "$(<../stdout)"
  runs info amp.nam --json
  equal 'receptive field' "$(json receptive_field_samples)" 15
  equal 'layers' "$(json layers)" 3
  equal 'format' "$(json format)" nam
  equal 'parameters' "$(json parameters)" 71
  equal 'covered lags' "$(json covered_lags)" 15
  equal 'criterion of hybrid dilated convolution' "$(json hdc_distance) $(json hdc_holds)" '2 true'
  for key in architecture sample_rate dilations receptive_field_ms macs_per_sample weight_bytes gridding total_lags \
    common_divisor; do
    has 'info --json' "\"$key\":" "$(<../stdout)"
  done
  runs info lstm.nam
  has 'info of an LSTM' '^receptive field +unbounded' "$(<../stdout)"
  runs info lstm.nam --json
  equal 'receptive field of an LSTM' "$(json receptive_field_samples)" null
  equal 'parameters of an LSTM' "$(json parameters)" 16
  runs convert amp.nam amp.safetensors
  runs info amp.safetensors --json
  equal 'format after convert' "$(json format)" native
  runs process amp.nam s16.wav a.wav
  runs process amp.safetensors s16.wav b.wav
  same_bytes a.wav b.wav
  runs convert amp.safetensors again.safetensors
  same_bytes amp.safetensors again.safetensors
  for precision in bf16 int8; do
    runs convert voice.safetensors small.safetensors --precision $precision
    runs info small.safetensors --json
    equal 'precision of a file' "$(json precision)" $precision
    runs generate voice.safetensors a.wav --samples 500 --precision $precision
    runs generate small.safetensors b.wav --samples 500
    same_bytes a.wav b.wav
    runs convert small.safetensors again.safetensors
    same_bytes small.safetensors again.safetensors
  done
  refused 2 'precision.*effect' convert amp.nam small.nam.safetensors --precision int8
  [ ! -e small.nam.safetensors ] || problem 'a refused conversion left a file'
}

sizes() {
  runs info slim.nam
  has 'info' '^size 0\.000 to 0\.500 +WaveNet, [0-9]+ parameters, [0-9]+ MACs per sample$' "$(<../stdout)"
  has 'info' '^size 0\.500 to 1\.000 ' "$(<../stdout)"
  runs info amp.nam --json
  has 'sizes of a model of one' '"sizes": \[\]' "$(<../stdout)"
  runs info slim.nam --json
  equal 'sizes' "$(grep -c '"from":' ../stdout)" 2
  equal 'parameters of the full size' "$(json parameters)" 71
  runs info slim.nam --json --size 0.2
  equal 'parameters of the smaller size' "$(json parameters)" 24
  runs process slim.nam s16.wav full.wav
  runs process amp.nam s16.wav amp.wav
  same_bytes full.wav amp.wav
  runs process slim.nam s16.wav size1.wav --size 1
  same_bytes full.wav size1.wav
  runs process slim.nam s16.wav half.wav --size 0.5
  same_bytes full.wav half.wav
  runs process slim.nam s16.wav small.wav --size 0
  different_bytes full.wav small.wav
  # Both are brought to the same loudness by what each states.
  runs process container.nam float.wav full.wav --normalize
  runs process container.nam float.wav quiet.wav --normalize --size 0.3
  runs compare full.wav quiet.wav --json
  below 'ESR of two sizes of one loudness' "$(json esr)" 1e-10
  for model in slim container; do
    runs convert $model.nam $model.safetensors
    runs convert $model.safetensors again.safetensors
    same_bytes $model.safetensors again.safetensors
    for size in 0 0.7; do
      runs process $model.nam float.wav a.wav --size $size
      runs process $model.safetensors float.wav b.wav --size $size
      same_bytes a.wav b.wav
      runs convert $model.nam one.safetensors --size $size
      runs process one.safetensors float.wav b.wav
      same_bytes a.wav b.wav
      refused 2 'one.safetensors: has one size only' process one.safetensors float.wav out.wav --size $size
    done
  done
  runs bench slim.nam --json --size 0 --seconds 0.1
  for command in 'info amp.nam' 'bench amp.nam' 'convert amp.nam out.safetensors' 'process amp.nam s16.wav out.wav'; do
    refused 2 'amp.nam: has one size only, so --size cannot be chosen' $command --size 0.5
  done
  for size in -0.1 1.5 nan small; do
    refused 2 'size' info slim.nam --size $size
    refused 2 'size' process slim.nam s16.wav out.wav --size $size
  done
}

# Runs like `runs`, and warns that the file states no rate.
warns_of_rate() {
  checks=$((checks + 1))
  timeout 120 "$atrous" "$@" >../stdout 2>../stderr </dev/null || problem "atrous $*: exit code $?: $(cat ../stderr)"
  equal "atrous $*: stderr" "$(cat ../stderr)" 'warning: the file states no sample rate; it is taken to be 48000 Hz'
}

model_rate() {
  grep -q '"sample_rate":48000' amp.nam || problem 'amp.nam does not state its rate'
  sed 's/"sample_rate":48000/"sample_rate":null/' amp.nam >silent.nam
  sed 's/"sample_rate":48000/"sample_rate":"96000"/' amp.nam >fast.nam
  warns_of_rate process silent.nam s16.wav a.wav
  warns_of_rate convert silent.nam silent.safetensors
  runs process amp.nam s16.wav b.wav
  same_bytes a.wav b.wav
  runs info silent.nam --json
  has 'info --json' 'states no sample rate' "$(<../stdout)"
  runs process fast.nam s16.wav a.wav
  different_bytes a.wav b.wav
  runs process silent.nam s16.wav b.wav --model-rate 96000
  same_bytes a.wav b.wav
  runs convert silent.nam fast.safetensors --model-rate 96000
  runs process fast.safetensors s16.wav b.wav
  same_bytes a.wav b.wav
  runs info silent.nam --json --model-rate 96000.5
  equal 'a rate that was said' "$(json sample_rate)" 96000.5
  equal 'warnings' "$(grep -c 'states no' ../stdout)" 0
  runs bench silent.nam --json --seconds 0.05 --model-rate 96000
  runs generate voice.safetensors a.wav --samples 100 --model-rate 11025
  has 'the rate of what was made' 11025 "$(facts a.wav)"
  refused 2 'mel.safetensors: sample_rate: expected 8000 Hz' score mel.safetensors speech.wav --model-rate 16000
  for rate in 0 99 -1 nan 2e6 high; do
    refused 2 'model-rate' info amp.nam --model-rate $rate
  done
}

# knobs.json adds 2 PARAM1 - PARAM2 to every channel of the sound.
knobs() {
  runs process knobs.json stereo24.wav out.wav
  runs compare stereo24.wav out.wav --json
  below 'knobs at 0' "$(json esr)" 1e-12
  runs process knobs.json float.wav set.wav --knob PARAM1=0.25 --knob param2=0.5
  runs compare float.wav set.wav --json
  below 'knobs that cancel' "$(json esr)" 1e-12
  runs process knobs.json float.wav late.wav --knob PARAM1=0.25@0.05 --knob PARAM2=1@0.05 --knob PARAM1=0.5@0.05
  runs compare float.wav late.wav --json
  below 'knobs turned at once' "$(json esr)" 1e-12
  runs process knobs.json float.wav late.wav --knob PARAM2=0.125@0.05 --knob-ramp 10 --block 7
  runs process knobs.json float.wav again.wav --knob PARAM2=0.125@0.05 --knob-ramp 10
  same_bytes late.wav again.wav
  runs process knobs.json float.wav step.wav --knob PARAM2=0.125@0.05
  different_bytes late.wav step.wav
  runs info knobs.json
  has 'knobs' "^knob 'PARAM1' +0 to 1, 0 unless set" "$(<../stdout)"
  runs info knobs.json --json
  has 'knobs in JSON' '"name": "PARAM2"' "$(<../stdout)"
}

# float.wav as an impulse response, alone and behind another effect; at the sound's rate, as a model is at its own.
cabinets() {
  runs process amp.nam float.wav dry.wav
  runs process rate44.wav dry.wav wet.wav
  runs process amp.nam float.wav out.wav --ir rate44.wav
  runs compare wet.wav out.wav --json
  below 'ESR of a cabinet and of its file as a model' "$(json esr)" 1e-4
  runs process float.wav dry.wav wet.wav
  runs process amp.nam float.wav out.wav --ir float.wav --block 17
  runs compare wet.wav out.wav --json
  below 'ESR at its own rate' "$(json esr)" 1e-11
  runs process identity.safetensors stereo24.wav wet.wav --ir stereo22.wav --ir-normalise --gain-out -30
  equal 'a stereo cabinet, kept format' "$(facts wet.wav)" "$(facts stereo24.wav)"
}

process() {
  for sound in s16 stereo24 float rate44 three stereo22; do
    runs process amp.nam $sound.wav out.wav
    equal "$sound.wav, kept format" "$(facts out.wav)" "$(facts $sound.wav)"
  done
  runs process two_inputs.safetensors stereo22.wav out.wav
  equal 'two inputs, kept format' "$(facts out.wav)" "$(facts stereo22.wav)"
  runs process amp.nam float.wav out.wav --gain-out 120 # a file holds what a model makes, however loud
  echo '{"version": "0.5.4", "architecture": "Linear", "config": {"receptive_field": 1, "bias": false},
    "weights": [3e38], "sample_rate": 48000}' >huge.nam
  "$atrous" process huge.nam float.wav out.wav --gain-out 40 2>../stderr >/dev/null || problem "process beyond floats: $?"
  has 'a guard that says so, once' '^warning: [0-9,]+ samples were not finite' "$(<../stderr)"
  equal 'the lines of a guard' "$(wc -l <../stderr)" 1
  runs process amp.nam float.wav whole.wav
  has 'process' '^whole.wav: 0\.10 s of sound in' "$(<../stdout)"
  for block in 1 7 64 100000; do
    runs process amp.nam float.wav block.wav --block $block
    same_bytes whole.wav block.wav
  done
  runs process amp.nam float.wav reference.wav --isa reference
  ATROUS_ISA=reference runs process amp.nam float.wav environment.wav
  same_bytes reference.wav environment.wav
  runs compare reference.wav whole.wav --json
  below 'ESR between instruction sets' "$(json esr)" 1e-10
  # A model that copies its input: what is left are the resampler, the latency and the gains.
  runs process identity.safetensors float.wav out.wav
  runs compare float.wav out.wav --json
  below 'ESR of the identity' "$(json esr)" 1e-12
  runs process identity.safetensors rate44.wav out.wav
  runs compare rate44.wav out.wav --json
  below 'ESR of the identity at another rate' "$(json esr)" 1e-3
  runs process identity.safetensors float.wav out.wav --gain-in -6 --gain-out 6
  runs compare float.wav out.wav --json
  below 'ESR of gains that cancel' "$(json esr)" 1e-10
  runs process amp.nam float.wav normal.wav --normalize
  runs process amp.nam float.wav louder.wav --gain-out 2
  same_bytes normal.wav louder.wav # the model states -20 dB
  runs process amp.nam float.wav calibrated.wav --calibrate 12
  runs process amp.nam float.wav by_hand.wav --gain-in -2 --gain-out -2.5
  runs compare calibrated.wav by_hand.wav --json # the model states 14 and 9.5 dBu
  below 'ESR of a calibration by hand' "$(json esr)" 1e-12
  runs process amp.nam float.wav both.wav --calibrate 12 --normalize
  runs process amp.nam float.wav by_hand.wav --gain-in -2 --gain-out 2
  runs compare both.wav by_hand.wav --json
  below 'ESR of calibration with normalisation' "$(json esr)" 1e-12
  knobs
  cabinets
  runs process identity.safetensors float.wav out.wav --oversample 4
  runs compare float.wav out.wav --json
  below 'ESR of the identity, oversampled' "$(json esr)" 1e-6
  runs process amp.nam float.wav minimum.wav --oversample 2 --oversample-phase minimum
  runs process amp.nam float.wav linear.wav --oversample 2 --oversample-phase linear
  runs process amp.nam float.wav out.wav --oversample 2
  same_bytes linear.wav out.wav
  different_bytes minimum.wav out.wav
  "$atrous" process no_loudness.nam s16.wav no_rate.wav >/dev/null 2>../stderr
  has 'a file without a rate' '^warning: .*48000 Hz$' "$(<../stderr)"
  "$atrous" process identity.safetensors s16.wav clipped.wav --gain-out 20 >/dev/null 2>../stderr
  has 'clipping' '^warning: .* clipped$' "$(<../stderr)"
}

generate() {
  runs generate voice.safetensors one.wav --samples 1000 --seed 3
  equal 'generated' "$(facts one.wav)" '8000 1 1000 1 16'
  runs generate voice.safetensors seconds.wav --seconds 0.125 --seed 3
  same_bytes one.wav seconds.wav
  runs generate voice.safetensors other.wav --samples 1000 --seed 4
  different_bytes one.wav other.wav
  runs generate voice.safetensors - --samples 1000 --seed 3 --raw-format s16le
  same_bytes ../stdout <(tail -c 2000 one.wav)
  equal 'raw 16-bit PCM' "$(wc -c <../stdout)" 2000
  runs generate voice.safetensors - --samples 1000 --seed 3
  same_bytes <(tail -c 2000 ../stdout) <(tail -c 2000 one.wav)
  runs generate voice.safetensors - --samples 1000 --raw-format f32le
  equal 'raw floats' "$(wc -c <../stdout)" 4000
  runs generate voice.safetensors greedy.wav --samples 500 --greedy
  runs generate voice.safetensors cold.wav --samples 500 --temperature 0 --seed 5
  same_bytes greedy.wav cold.wav

  runs generate voice.safetensors voices.wav --samples 3000 --streams 3 --seed 3
  equal 'three voices' "$(facts voices.wav)" '8000 3 3000 1 16'
  runs generate voice.safetensors - --samples 1000 --streams 3 --raw-format s16le
  equal 'three voices, raw' "$(wc -c <../stdout)" 6000

  runs generate speakers.safetensors zero.wav --samples 500 --seed 1
  runs generate speakers.safetensors first.wav --samples 500 --seed 1 --speaker 0
  runs generate speakers.safetensors last.wav --samples 500 --seed 1 --speaker 2
  same_bytes zero.wav first.wav
  different_bytes first.wav last.wav

  # Primed with its own beginning, a greedy model goes on as it would have.
  runs generate voice.safetensors start.wav --samples 200 --greedy
  runs generate voice.safetensors rest.wav --samples 300 --greedy --prime start.wav
  same_bytes <(tail -c 600 greedy.wav) <(tail -c 600 rest.wav)
}

conditioned() {
  runs generate mel.safetensors all.wav --mel c.safetensors
  equal 'as long as the features' "$(facts all.wav)" '8000 1 320 1 16'
  runs generate mel.safetensors more.wav --mel c.safetensors --seconds 1 -q
  same_bytes all.wav more.wav
  runs generate mel.safetensors less.wav --mel c.safetensors --samples 100
  equal 'shorter than the features' "$(facts less.wav)" '8000 1 100 1 16'
  runs mel speech.wav speech.npy --like mel.safetensors
  runs mel speech.wav speech.safetensors --like mel.safetensors
  equal 'size of the .npy' "$(wc -c <speech.npy)" $((128 + 501 * 5 * 4))
  runs generate mel.safetensors from.wav --from speech.wav
  runs generate mel.safetensors npy.wav --mel speech.npy
  runs generate mel.safetensors tensor.wav --mel speech.safetensors
  equal 'resynthesised' "$(facts from.wav)" "8000 1 4008 1 16"
  same_bytes from.wav npy.wav
  same_bytes from.wav tensor.wav
  runs score mel.safetensors speech.wav --mel speech.npy
  runs generate voice.safetensors short.wav --samples 1000
  "$atrous" score mel.safetensors short.wav --mel speech.npy >../stdout 2>../stderr || problem 'score of a short sound'
  equal 'features of a longer sound' "$(<../stderr)" \
    'warning: the features last 0.50 s and the sound 0.12 s: another hop than the model'"'"'s, or another sound?'
  runs generate mel.safetensors resampled.wav --from stereo22.wav
  equal 'resynthesised from another rate' "$(facts resampled.wav)" "8000 1 4008 1 16"
}

interrupted() {
  interrupt_after_a_while 1
  interrupt_after_a_while 3 --streams 3
  interrupt_after_a_while 3 --streams 3 --threads 2
}

# grows PROCESS: whether it has written some of its output, which has no name yet, or one that is not its own.
grows() {
  local file
  file=$(find "/proc/$1/fd" -lname "$PWD/[#.]*" 2>/dev/null | head -n 1)
  [[ -n $file && $(stat -L -c %s "$file") -gt 2000 ]]
}

# in_background ARGUMENT...: atrous, whatever this shell ignores; $! once it has made some sound.
in_background() {
  env --default-signal=INT,HUP,PIPE,XFSZ,TERM "$@" >../stdout 2>../stderr &
  for _ in $(seq 300); do
    grows $! && break
    sleep 0.1
  done
}

ended() {
  for _ in $(seq 600); do
    kill -0 "$1" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$1" 2>/dev/null
  wait "$1"
}

# interrupt_after_a_while CHANNELS ARGUMENT...: Ctrl-C leaves a valid, shorter file and the exit code 130.
interrupt_after_a_while() {
  local channels=$1
  shift
  rm -f long.wav
  in_background "$atrous" generate voice.safetensors long.wav --seconds 100000 "$@"
  kill -INT $!
  ended $!
  equal "interrupted generate $*" $? 130
  local found
  found=$(facts long.wav)
  has "interrupted generate $*" "^8000 $channels [1-9][0-9]* 1 16$" "$found"
  below "samples before the interruption $*" "$(cut -d' ' -f3 <<<"$found")" 800000000
  equal "temporary files $*" "$(find . -name '.atrous*' | wc -l)" 0
}

score() {
  runs score voice.safetensors speech.wav --json
  equal 'steps' "$(json steps)" 3999
  below 'NLL of noise' "$(json nll_nats)" 10
  has 'score --json' '"nll_nats_after_receptive_field": [0-9]' "$(<../stdout)"
  runs score voice.safetensors stereo22.wav
  has 'score' '^NLL +[0-9.]+ nats \([0-9.]+ bits\) a sample$' "$(<../stdout)"
  runs score voice.safetensors classes.safetensors --json --logits y.safetensors
  cp ../stdout ../classes
  equal 'steps' "$(json steps)" 39
  below 'bytes of 16 x 40 logits' $((16 * 40 * 4)) "$(wc -c <y.safetensors)"
  has 'the logits' '"y":\{[^}]*"shape":\[1,16,40\]' "$(head -c 200 y.safetensors | tr -d '\0 ')"
  runs score voice.safetensors one_hot.safetensors --json
  same_bytes ../stdout ../classes
  runs score speakers.safetensors classes.safetensors --json --speaker 2
  cp ../stdout ../classes
  runs score speakers.safetensors speaker2.safetensors --json
  same_bytes ../stdout ../classes
  runs score speakers.safetensors classes.safetensors --json
  different_bytes ../stdout ../classes

  refused 2 "not_one_hot.safetensors.*'x'.*one-hot" score voice.safetensors not_one_hot.safetensors
  refused 2 'class is 16, expected 0 to 15' score voice.safetensors class_16.safetensors
  refused 2 "expected a tensor 'x' or 'classes'" score voice.safetensors other.safetensors
  refused 2 'out.npy: expected the extension' score voice.safetensors speech.wav --logits out.npy
  refused 2 'reads no features' score voice.safetensors speech.wav --mel c.safetensors
  refused 2 'no speakers' score voice.safetensors speech.wav --speaker 0
  refused 2 'features cover 320 samples' score mel.safetensors speech.wav --mel c.safetensors
  refused 2 "'c'" score mel.safetensors classes.safetensors
}

# The programs that embed the engine do what the command line does.
samples() {
  local programs
  programs=$(dirname "$atrous")
  "$programs/sample_embed_effect" amp.nam rate44.wav embedded.wav || problem 'sample_embed_effect failed'
  runs process amp.nam rate44.wav out.wav
  equal 'embed_effect' "$(facts embedded.wav)" "$(facts out.wav)"
  "$programs/sample_embed_effect" 2>../stderr
  equal 'embed_effect without arguments' "$? $(<../stderr)" '1 usage: embed_effect MODEL IN.wav OUT.wav'
  "$programs/sample_embed_generator" mel.safetensors speech.wav embedded.wav || problem 'sample_embed_generator failed'
  runs generate mel.safetensors out.wav --from speech.wav --seed 1
  same_bytes embedded.wav out.wav
  # In C, over raw floats: those of a WAV of 4801 frames stand at its end.
  tail -c 19204 float.wav | "$programs/sample_pipe_effect" amp.nam 48000 >piped.f32 || problem 'sample_pipe_effect failed'
  runs process amp.nam float.wav out.wav
  tail -c 19204 out.wav >out.f32
  same_bytes piped.f32 out.f32
  "$programs/sample_pipe_effect" none.nam 48000 </dev/null 2>../stderr
  has 'pipe_effect without a model' '^1 pipe_effect: none\.nam: ' "$? $(<../stderr)"
}

# How many instruction sets this machine runs: those that are not refused.
isa_count() {
  local isa count=0
  for isa in reference sse2 avx2 avx512 avx512vnni neon; do
    "$atrous" bench amp.nam --isa "$isa" --seconds 0.01 >/dev/null 2>&1 && count=$((count + 1))
  done
  echo $count
}

# What CI runs under ThreadSanitizer.
threads() {
  for streams in 1 3; do
    runs generate voice.safetensors alone.wav --samples 3000 --streams $streams --seed 3
    runs generate voice.safetensors shared.wav --samples 3000 --streams $streams --seed 3 --threads 2
    same_bytes alone.wav shared.wav
  done
  runs bench voice.safetensors --threads 2 --seconds 0.05 --json
  equal 'threads' "$(json threads)" 2
  runs bench amp.nam --streams 3 --threads 2 --seconds 0.05
}

bench() {
  runs bench amp.nam --json --block 64 --seconds 0.1
  for key in us_per_sample samples_per_second times_real_time gflops gbytes_per_second fma_peak_gflops \
    l2_gbytes_per_second l3_gbytes_per_second fma_share bandwidth_share ready_ms read_ms pack_ms start_ms; do
    below "0 against bench's $key" 0 "$(json $key)"
  done
  equal 'block' "$(json block)" 64
  equal 'precision' "$(json precision)" f32
  equal 'streams' "$(json streams)" 1
  equal 'threads' "$(json threads)" 1
  runs bench amp.nam --isa reference --json --seconds 0.1
  equal 'isa' "$(json isa)" reference
  runs bench voice.safetensors --seconds 0.1
  has 'bench' 'x real time' "$(<../stdout)"
  has 'bench' '^ready +[0-9.]+ ms' "$(<../stdout)"
  runs bench amp.nam --all-isas --seconds 0.01
  has 'bench --all-isas' '^reference +64 ' "$(<../stdout)"
  equal 'rows, with those above them' "$(wc -l <../stdout)" "$((3 + $(isa_count)))"
  runs bench amp.nam --sweep --seconds 0.01
  equal 'blocks of a sweep' "$(awk 'NR > 3 { printf "%s ", $2 }' ../stdout)" '1 2 4 8 16 32 64 128 256 512 1024 2048 '
  runs bench voice.safetensors --sweep --seconds 0.01 --json
  equal 'streams of a sweep' "$(grep -c '"streams":' ../stdout)" 7
  runs bench amp.nam slim.nam --jitter --blocks 2000 --block 16
  has 'bench --jitter' '^slim.nam +its size changes .* 16 ' "$(<../stdout)"
  runs bench amp.nam --jitter --blocks 500 --json
  below 'the median against the worst block' 0.999 "$(json ratio)"
  refused 2 'generates' bench voice.safetensors --jitter
  runs bench amp.nam voice.safetensors --seconds 0.01
  has 'bench of two models' '^voice.safetensors +[a-z0-9]+ +64 ' "$(<../stdout)"
  refused 2 'text.nam' bench amp.nam text.nam
  refused 2 'block' bench amp.nam --sweep --block 64
  refused 2 'block' bench amp.nam --block 0
  refused 2 'seconds' bench amp.nam --seconds 0
  for precision in bf16 int8; do
    runs bench voice.safetensors --json --seconds 0.1 --precision $precision
    equal 'precision' "$(json precision)" $precision
  done
  refused 2 'precision.*f32.*bf16.*effect' bench amp.nam --precision bf16
}

measures() {
  runs compare s16.wav s16.wav --json
  equal 'ESR of a sound to itself' "$(json esr)" 0.0
  runs compare s16.wav float.wav
  has 'compare' '^SNR +[0-9]+\.[0-9] dB$' "$(<../stdout)"
}

# well_formed SVG TITLE: it is XML, with that title.
well_formed() {
  checks=$((checks + 1))
  if [[ ! -x /usr/bin/python3 ]]; then
    skip "whether $1 is XML (no /usr/bin/python3 to read it)"
    return
  fi
  /usr/bin/python3 - "$1" "$2" <<'END' || problem "$1: expected an SVG with the title '$2'"
import sys, xml.etree.ElementTree
svg = "{http://www.w3.org/2000/svg}"
root = xml.etree.ElementTree.parse(sys.argv[1]).getroot()
found = root.tag, root.findtext(svg + "title"), root.find(f".//{svg}image") is not None
sys.exit(0 if found == (svg + "svg", sys.argv[2], True) else f"found {found}")
END
}

# png_size FILE: its width and height.
png_size() { od -An -tu1 -j 16 -N 8 "$1" | awk '{ print $3 * 256 + $4, $7 * 256 + $8 }'; }

pictures() {
  runs spectrogram s16.wav picture.png --width 640 --height 320 --title 'A sine'
  png picture.png
  equal 'size' "$(png_size picture.png)" '640 320'
  runs spectrogram s16.wav mel.PNG --width 640 --height 320 --title 'A sine' --mel
  different_bytes picture.png mel.PNG
  runs spectrogram s16.wav part.png --width 640 --height 320 --title 'A sine' --from 0.02 --to 0.06
  different_bytes picture.png part.png
  runs spectrogram s16.wav range.png --width 640 --height 320 --title 'A sine' --range 20
  different_bytes picture.png range.png
  runs spectrogram s16.wav picture.svg --title 'Größe & <b>, 日本'
  well_formed picture.svg 'Größe & <b>, 日本'
  runs spectrogram s16.wav bytes.svg --title $'not \xff UTF-8\x01'
  well_formed bytes.svg 'not � UTF-8 '
  cat s16.wav | "$atrous" spectrogram - piped.png --width 640 --height 320 --title 'A sine' || problem 'spectrogram of a pipe'
  same_bytes piped.png picture.png

  runs compare s16.wav float.wav
  cp ../stdout ../printed
  runs compare s16.wav float.wav --picture compared.png
  same_bytes ../stdout ../printed
  png compared.png
  equal 'size' "$(png_size compared.png)" '1200 1080'
  runs compare s16.wav float.wav --picture compared.svg --mel --range 60 --from 0.01 --to 0.05 --title 'Two – «sines»' --json
  well_formed compared.svg 'Two – «sines»'
  cat s16.wav | "$atrous" compare - float.wav --picture piped.svg >/dev/null || problem 'compare of a pipe'
  equal 'titles that nobody gave' "$(grep -c -e '<title>' piped.svg) $(grep -c -e '</svg>' piped.svg)" '0 1'
  cp s16.wav $'b\xe4d.wav'
  runs compare $'b\xe4d.wav' s16.wav --picture named.png  # a name that is no UTF-8
  png named.png

  refused 2 "out.jpg: expected the ending .png or .svg" spectrogram s16.wav out.jpg
  refused 2 "out: expected the ending .png or .svg" spectrogram missing.wav out
  refused 2 "out.gif: expected the ending .png or .svg" compare s16.wav float.wav --picture out.gif
  cp s16.wav s16.png # what it is, its bytes say
  refused 2 's16.png: is the input too' spectrogram s16.png s16.png
  refused 2 's16.png: is the input too' compare s16.wav s16.png --picture s16.png
  refused 2 'no such folder' spectrogram s16.wav nowhere/out.png
  refused 2 'no such folder' compare s16.wav float.wav --picture nowhere/out.png
  refused 2 'missing.wav: no such file' spectrogram missing.wav out.png
  refused 2 'silent.wav: holds no samples' spectrogram silent.wav out.png
  refused 2 'silent.wav: holds no samples' compare silent.wav s16.wav --picture out.png
  refused 2 'start from 0 to less than the 0.100021 s' spectrogram s16.wav out.png --from 0.2
  refused 2 'end after the start' spectrogram s16.wav out.png --from 0.05 --to 0.05
  refused 2 'end after the start' compare s16.wav float.wav --picture out.png --from 0.05 --to 0.01
  refused 2 'up to 24000' spectrogram s16.wav out.png --max-frequency 24001
  refused 2 'width' spectrogram s16.wav out.png --width 3
  refused 2 'range' spectrogram s16.wav out.png --range 5
  refused 2 'range' spectrogram s16.wav out.png --range nan
  refused 2 'picture' compare s16.wav float.wav --mel

  echo old >out.png
  checks=$((checks + 1))
  (ulimit -f 1 && exec env --default-signal=XFSZ "$atrous" compare s16.wav float.wav --picture out.png) >../stdout 2>../stderr
  equal 'a picture beyond the limit' "$? $(wc -l <../stderr) $(cat out.png) $(wc -c <../stdout)" '1 1 old 0'
}

no_pictures() {
  refused 2 'without cairo' spectrogram s16.wav out.png
  refused 2 'without cairo' compare s16.wav float.wav --picture out.png
  runs compare s16.wav float.wav
}

manners() {
  runs help
  cp ../stdout ../help
  runs --help
  same_bytes ../stdout ../help
  has 'atrous --help' 'Exit codes:' "$(<../stdout)"
  runs help process
  cp ../stdout ../help
  runs process --help
  same_bytes ../stdout ../help
  refused 2 "no command 'nonsense'" help nonsense
  # What was meant.
  refused 2 "no command 'genrate'; did you mean 'generate'\?" genrate
  refused 2 "no command 'sepctrogram'; did you mean 'spectrogram'\?" sepctrogram
  refused 2 "did you mean 'generate'\?" gen
  refused 2 "no command 'xyzzy' \(see atrous --help\)" xyzzy
  refused 2 "did you mean '--gain-in'\?" process amp.nam s16.wav out.wav --gian-in=3
  refused 2 "did you mean '--json'\?" info amp.nam --jsn
  refused 2 "did you mean '--version'\?" --versoin
  refused 2 'not expected: --xyzzy \(see' info amp.nam --xyzzy
  # Nothing but errors.
  local quiet
  for quiet in -q --quiet; do
    runs process amp.nam s16.wav quiet.wav $quiet
    [[ ! -s ../stdout ]] || problem "process $quiet said: $(<../stdout)"
    runs generate mel.safetensors quiet.wav --mel c.safetensors --seconds 100 $quiet
    [[ ! -s ../stdout ]] || problem "generate $quiet said: $(<../stdout)"
  done
  runs info amp.nam -q
  has 'info -q' '^receptive field' "$(<../stdout)"
  refused 2 'missing.nam: no such file' info missing.nam -q
  for command in info process generate score mel convert bench compare spectrogram; do
    runs help "$command"
    has "atrous help $command" '-q,--quiet' "$(<../stdout)"
  done
  # Longer than what there is to follow.
  "$atrous" generate mel.safetensors out.wav --mel c.safetensors --seconds 100 >../stdout 2>../stderr
  has 'generate' '^warning: the features last 0.04 s, less than the 1:40 asked for' "$(<../stderr)"
  # A number that JSON has no word for.
  runs generate voice.safetensors short.wav --samples 3
  runs score voice.safetensors short.wav --json
  equal 'likelihood beyond the sound' "$(json nll_nats_after_receptive_field)" null
  # A terminal gets a bar, and no codes.
  if script -qec true /dev/null </dev/null >../terminal 2>&1; then  # where there are terminals
    script -qec "'$atrous' generate voice.safetensors bar.wav --seconds 100" /dev/null </dev/null >../terminal 2>&1
    has 'progress on a terminal' '\[#+\.*\] [0-9]+ %' "$(tr '\r' '\n' <../terminal)"
    ! grep -q $'\x1b' ../terminal || problem 'terminal codes in the progress'
  fi
}

# What stands where an output is to go.
outputs() {
  local name
  runs convert amp.nam model.safetensors
  for name in process:sound.wav convert:model.safetensors generate:made.flac; do
    local file=${name#*:} long
    case ${name%:*} in
      process) write() { runs process amp.nam s16.wav "$1"; } ;;
      convert) write() { runs convert amp.nam "$1"; } ;;
      generate) write() { runs generate voice.safetensors "$1" --samples 2000; } ;;
    esac
    write "$file"
    cp "$file" ../expected
    chmod 640 "$file"
    write "$file"
    equal "mode of a replaced $file" "$(stat -c %a "$file")" 640
    mkdir -p elsewhere
    ln -s elsewhere/target "link.${file##*.}"
    write "link.${file##*.}"
    write "link.${file##*.}"
    equal "link.${file##*.}" "$(readlink "link.${file##*.}")" elsewhere/target
    same_bytes elsewhere/target ../expected
    rm -r elsewhere
    long=$(printf 'x%.0s' $(seq $((255 - ${#file}))))$file
    write "$long"
    same_bytes "$long" ../expected
    equal 'temporary files' "$(find . -name '.*' -type f | wc -l)" 0
  done
  chmod 444 sound.wav model.safetensors
  refused 2 'sound.wav: is read-only' process amp.nam s16.wav sound.wav
  refused 2 'sound.wav: is read-only' generate voice.safetensors sound.wav --samples 10
  refused 2 'model.safetensors: is read-only' convert amp.nam model.safetensors
  ln -s loop.wav loop.wav
  refused 2 'loop.wav: the link cannot be followed' process amp.nam s16.wav loop.wav
}

signals() {
  local signal
  echo old >old.wav
  for signal in INT HUP TERM PIPE XFSZ; do
    cp old.wav long.wav
    in_background "$atrous" generate voice.safetensors long.wav --seconds 100000
    kill -$signal $!
    ended $!
    equal "exit code after SIG$signal" $? $((128 + $(kill -l $signal)))
    has "generate after SIG$signal" '^8000 1 [1-9][0-9]* 1 16$' "$(facts long.wav)"
  done
  cp old.wav long.wav
  in_background "$atrous" generate voice.safetensors long.wav --seconds 100000
  kill -KILL $!
  ended $! 2>/dev/null
  same_bytes long.wav old.wav
  # As under nohup, and in the background of a script.
  in_background env --ignore-signal=HUP,INT "$atrous" generate voice.safetensors long.wav --seconds 100000
  kill -HUP $!
  kill -INT $!
  sleep 0.5
  kill -0 $! || problem 'ended by signals that it was to ignore'
  kill -TERM $!
  ended $!
  equal 'exit code after signals that are ignored, and one that is not' $? 143
  equal 'temporary files' "$(find . -name '.atrous*' | wc -l)" 0
}

# A limit, or a file system, that the output does not fit into: the old file stays, and nothing else does.
full_disk() {
  local arguments
  for arguments in 'generate voice.safetensors out.wav --samples 100000' 'process amp.nam s16.wav out.wav' \
    'convert amp.nam out.safetensors'; do
    set -- $arguments
    local output
    output=$(grep -o 'out\.[a-z]*' <<<"$arguments")
    echo old >"$output"
    checks=$((checks + 1))
    (ulimit -f 1 && exec env --default-signal=XFSZ "$atrous" "$@") >../stdout 2>../stderr
    equal "$1 beyond the limit" "$? $(wc -l <../stderr) $(cat "$output")" '1 1 old'
    has "$1 beyond the limit" 'cannot be written|System error' "$(<../stderr)"
  done
  equal 'temporary files' "$(find . -name '.atrous*' | wc -l)" 0
  mkdir small
  cat >../in_small_disk <<'END'
mount -t tmpfs -o size=16k tmpfs small || exit 77
echo old >small/out.wav
"$1" generate voice.safetensors small/out.wav --samples 100000
echo "$? $(cat small/out.wav) $(ls -A small | wc -l)"
END
  local found
  found=$(unshare --user --map-root-user --mount bash ../in_small_disk "$atrous" 2>../stderr)
  if [[ $? == 0 ]]; then
    equal 'a full disk' "$found $(wc -l <../stderr)" '1 old 1 1'
  else
    skip 'a full disk (nothing can be mounted here)'
  fi
}

# same_printed WAV COMMAND ARGUMENT...: prints the same of the file WAV as of what a pipe gives in its place, "-".
same_printed() {
  local wav=$1
  shift
  runs "${@/-/$wav}"
  cp ../stdout ../printed
  checks=$((checks + 1))
  cat "$wav" | timeout 60 "$atrous" "$@" >../stdout 2>../stderr || problem "atrous $*: $(cat ../stderr)"
  same_bytes ../stdout ../printed
}

# pcm FILE: its bytes after the 44 of the header of a WAV file.
pcm() { tail -c +45 "$1"; }

pipes() {
  runs process amp.nam s16.wav whole.wav
  runs process amp.nam s16.wav -
  equal 'the header of a stream' "$(head -c 44 ../stdout | od -An -tx1 | tr -d ' \n' | cut -c 1-24)" \
    "52494646$(printf '%08x' $(($(wc -c <../stdout) - 8)) | sed -E 's/(..)(..)(..)(..)/\4\3\2\1/')57415645"
  same_bytes ../stdout whole.wav # a file after all, so its sizes are set at the end
  "$atrous" process amp.nam s16.wav - | cat >streamed.wav
  equal 'a stream has no sizes' "$(head -c 8 streamed.wav | tail -c 4 | od -An -tx1 | tr -d ' ')" ffffffff
  same_bytes <(pcm streamed.wav) <(pcm whole.wav)
  equal 'a stream, saved' "$(facts whole.wav)" "$(facts ../stdout)"

  cat s16.wav | "$atrous" process amp.nam - - | cat >out.wav
  same_bytes out.wav streamed.wav
  "$atrous" process amp.nam - - <streamed.wav | "$atrous" process amp.nam - again.wav >/dev/null
  runs process amp.nam whole.wav twice.wav
  runs process amp.nam twice.wav thrice.wav
  same_bytes again.wav thrice.wav
  for sound in stereo24 float three; do
    cat $sound.wav | "$atrous" process amp.nam - - | cat >streamed.wav
    runs process amp.nam $sound.wav whole.wav
    runs compare streamed.wav whole.wav --json
    equal "$sound.wav through pipes" "$(json max_abs)" 0.0
  done

  # What libsndfile cannot read as it comes is kept until it is whole.
  for kind in flac aiff ogg; do
    runs process identity.safetensors s16.wav sound.$kind
    runs process amp.nam sound.$kind file.wav
    cat sound.$kind | "$atrous" process amp.nam - pipe.wav >/dev/null
    same_bytes file.wav pipe.wav
  done

  runs process amp.nam s16.wav whole.wav
  mkfifo in.fifo out.fifo
  (sleep 0.2; cat s16.wav >in.fifo) &
  runs process amp.nam in.fifo out.wav
  same_bytes out.wav whole.wav
  cat out.fifo >out.wav &
  runs process amp.nam s16.wav out.fifo
  wait
  same_bytes <(pcm out.wav) <(pcm whole.wav)
  runs process amp.nam <(cat s16.wav) out.wav
  same_bytes out.wav whole.wav
  runs process <(cat amp.nam) s16.wav out.wav
  same_bytes out.wav whole.wav
  runs process amp.nam s16.wav /dev/null
  refused 2 'nobody writes' process amp.nam in.fifo out2.wav
  refused 2 'nobody writes' info in.fifo
  refused 2 'absent.wav' process amp.nam absent.wav -
  refused 2 'stdin: holds no samples|stdin: not a sound file' process amp.nam - -
  mkfifo out.flac
  refused 2 'a pipe takes sound as .wav' process amp.nam s16.wav out.flac &
  timeout 10 cat out.flac >/dev/null
  wait

  same_printed speech.wav compare speech.wav -
  same_printed speech.wav score voice.safetensors -
  "$atrous" generate voice.safetensors - --samples 500 --seed 3 | "$atrous" process identity.safetensors - out.wav --gain-out -12 >/dev/null
  runs generate voice.safetensors whole.wav --samples 500 --seed 3
  runs process identity.safetensors whole.wav same.wav --gain-out -12
  same_bytes out.wav same.wav
  cat speech.wav | "$atrous" generate voice.safetensors out.wav --samples 50 --greedy --prime - >/dev/null
  runs generate voice.safetensors same.wav --samples 50 --greedy --prime speech.wav
  same_bytes out.wav same.wav
}

# Sounds longer than the memory that is allowed: ten minutes take as much as one.
memory() {
  if grep -aq -e __asan_init -e __tsan_init "$atrous"; then
    skip 'sanitizers take memory of their own'
    return
  fi
  ulimit -v 400000 # kB of addresses, most of them libraries; the sound alone would take more, twice, as floats
  { "$atrous" process identity.safetensors s16.wav - | head -c 44; head -c 120000000 /dev/zero; } >long.wav
  runs process identity.safetensors long.wav out.wav
  equal 'length' "$(wc -c <out.wav)" 120000044
  runs process identity.safetensors long.wav out.flac
  runs compare long.wav out.wav --json
  equal 'frames' "$(json frames)" 60000000
  runs score voice.safetensors long.wav
  if "$atrous" mel speech.wav probe.npy --like mel.safetensors >/dev/null 2>&1; then
    ! "$atrous" spectrogram s16.wav probe.png 2>../stderr || runs spectrogram long.wav out.png
    runs mel long.wav out.npy --like mel.safetensors
    runs mel long.wav out.safetensors --like mel.safetensors
  fi
}

# Fifty inputs of which three are none.
fifty_inputs() {
  mkdir fifty
  for i in $(seq -w 50); do cp s16.wav "fifty/in$i.wav"; done
  for i in 07 23 42; do echo 'no sound' >"fifty/in$i.wav"; done
}

all_but_three() {
  equal "$1: outputs" "$(find "$2" -type f | wc -l)" 47
  for file in "$2"/*; do same_bytes "$file" one.wav; done
}

# Many inputs into a folder, by several workers, of which one is killed.
batch() {
  runs process amp.nam s16.wav one.wav
  runs process amp.nam s16.wav one_reference.wav --isa reference
  fifty_inputs
  checks=$((checks + 1))
  "$atrous" process amp.nam fifty out/ --jobs 3 >../stdout 2>../stderr
  equal 'exit code with failed items' $? 1
  has 'summary' '^47 done, 0 there already, 3 failed, in ' "$(<../stderr)"
  equal 'done items' "$(grep -c '"status":"done"' ../stdout)" 47
  has 'failed item' '"in":"fifty/in23.wav".*"status":"failed","error":"fifty/in23.wav: not a sound' "$(grep in23 ../stdout)"
  all_but_three 'three jobs' out
  "$atrous" process amp.nam fifty out >../stdout 2>../stderr
  has 'nothing twice' '^0 done, 47 there already, 3 failed' "$(<../stderr)"

  # Two shards; one is killed, and its work taken up again by both.
  "$atrous" process amp.nam fifty halves --shard 1/2 --isa reference >/dev/null 2>&1 &
  local worker=$!
  until [ "$(find halves -name '*.wav' 2>/dev/null | wc -l)" -ge 2 ]; do sleep 0.01; done
  kill -9 $worker
  wait $worker 2>/dev/null
  equal 'nothing half-written' "$(find halves -type f ! -name 'in*.wav')" ''
  for file in halves/*; do same_bytes "$file" one_reference.wav; done
  rm halves/*
  "$atrous" process amp.nam fifty halves --shard 2/2 >../stdout 2>/dev/null
  equal 'one of two shards' "$(wc -l <../stdout)" 25
  "$atrous" process amp.nam fifty halves --shard 1/2 >/dev/null 2>&1
  all_but_three 'two shards' halves

  # The JSON lines are what a script wants of many files; -q leaves out what people read.
  "$atrous" process amp.nam fifty/in07.wav s16.wav few -q >../stdout 2>../stderr
  equal 'exit code of a quiet batch' $? 1
  equal 'what a quiet batch says' "$(grep -o '"status":"[a-z]*"' ../stdout | tr '\n' ' ')$(<../stderr)" '"status":"failed" "status":"done" '

  # A list, a pattern; a signal stops between whole files.
  printf '%s\n' fifty/in01.wav '' fifty/in02.wav >list.txt
  runs_batch process amp.nam --list list.txt named --pattern '{stem}-amp.wav'
  equal 'names' "$(cd named && echo *)" 'in01-amp.wav in02-amp.wav'
  runs_batch process amp.nam s16.wav named
  same_bytes named/s16.wav one.wav
  runs_batch generate mel.safetensors speech.wav c.safetensors spoken --seed 5 --samples 200
  runs generate mel.safetensors alone.wav --from speech.wav --seed 5 --samples 200
  same_bytes spoken/speech.wav alone.wav
  runs generate mel.safetensors speech.wav alone2.wav --seed 5 --samples 200
  same_bytes alone2.wav alone.wav
  runs_batch generate mel.safetensors speech.wav c.safetensors spoken --shard 3/3
  has 'an empty shard' '^0 done, 0 there already, 0 failed' "$(<../stderr)"
  "$atrous" process amp.nam fifty stopped --isa reference >/dev/null 2>&1 &
  worker=$!
  until [ "$(find stopped -name '*.wav' 2>/dev/null | wc -l)" -ge 1 ]; do sleep 0.01; done
  kill -TERM $worker
  wait $worker
  equal 'exit code of a batch that was stopped' $? 143

  refused 2 'would become out3/s16.wav, as s16.wav does' process amp.nam s16.wav fifty/../s16.wav out3
  refused 2 '--shard: expected I/N' process amp.nam fifty out3 --shard 3/2
  refused 2 '--pattern' process amp.nam fifty out3 --pattern 'a/{name}'
  refused 2 'no inputs' process amp.nam --list /dev/null out3
  refused 2 'float.wav: expected a folder' process amp.nam one.wav s16.wav float.wav
  refused 2 'nowhere.txt' process amp.nam --list nowhere.txt out3
  refused 2 '--mel and --from name one' generate mel.safetensors speech.wav c.safetensors out3 --from speech.wav
}

# recipe NAME: the lines of a section of docs/cluster.md.
recipe() { awk -v name="## $1" '/^## / { in_it = $0 == name } in_it && sub(/^    /, "")' "$(dirname "$0")/../../docs/cluster.md"; }

# The recipes of docs/cluster.md, on two workers here, one of which is killed; what they need is on this machine or not.
recipes() {
  runs process amp.nam s16.wav one.wav
  fifty_inputs
  mv fifty takes
  PATH=$(dirname "$atrous"):$PATH
  checks=$((checks + 1))
  if command -v parallel >/dev/null; then
    mkdir ../shim
    cat >../shim/atrous <<END
#!/bin/bash
if mkdir ../killed 2>/dev/null; then # the first worker dies while it renders
  "$atrous" "\$@" &
  until [ "\$(find wet -name '*.wav' 2>/dev/null)" ]; do sleep 0.01; done
  kill -9 \$! \$\$
fi
exec "$atrous" "\$@"
END
    chmod +x ../shim/atrous
    (PATH=$PWD/../shim:$PATH PARALLEL='--jobs 2' && export PARALLEL && . <(recipe 'GNU parallel')) >../stdout 2>/dev/null
    [ -d ../killed ] || problem 'no worker was killed'
    all_but_three 'parallel' wet
    rm -r wet
  else
    skip 'no GNU parallel'
  fi
  # As Slurm runs an array, but one task after the other.
  ls takes/* >takes.txt
  for task in $(seq 16); do
    (srun() { "$@"; } && SLURM_CPUS_PER_TASK=4 SLURM_ARRAY_TASK_ID=$task && . <(recipe Slurm)) >>../slurm 2>/dev/null
  done
  all_but_three 'Slurm' wet
  equal 'Slurm: each once' "$(grep -c '"status":"\(done\|failed\)"' ../slurm)" 50
  rm -r wet
  if /usr/bin/python3 -c 'import distributed' 2>/dev/null; then
    /usr/bin/python3 "$(dirname "$0")/dask_recipe.py" >../stdout 2>../stderr || problem "dask: $(cat ../stderr)"
    all_but_three 'dask' wet
    equal 'dask: nothing twice' "$(grep -c '"status":"done"' ../stdout)" "$(grep '"status":"done"' ../stdout | sort -u | wc -l)"
  else
    skip 'no dask.distributed'
  fi
}

# runs, but for the summary.
runs_batch() {
  checks=$((checks + 1))
  timeout 120 "$atrous" "$@" >../stdout 2>../stderr </dev/null || problem "atrous $*: exit code $?: $(cat ../stdout ../stderr)"
}

"$section"
echo "$section: $checks checks, $failures failed"
[[ $failures == 0 && $((checks + skipped)) -gt 0 ]] || exit 1
[[ $skipped == 0 ]] || exit 77
