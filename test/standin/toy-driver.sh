#!/bin/bash
# The tests' own driver: records each call, then does what TOY_<stage> says or, without it, what a well-behaved local driver would do.
command=$1
stage=$command
script=
if [ "$command" = run ]; then
  script=$2
  stage=$3
fi

printf -v number '%02d' "$(ls "$TOY_HOME/calls" | wc -l)"
call="$TOY_HOME/calls/$number-$stage"
mkdir "$call"
printf '%s\0' "$@" > "$call/args"
# The environment as it was passed, before bash adds to it.
cat "/proc/$$/environ" > "$call/environ"
pwd -P > "$call/cwd"
stat -c '%a %n' "$TMPDIR" "$JOB_RESPONSE_FILE" $script > "$call/modes"
cp "$JOB_RESPONSE_FILE" "$call/response.json"
[ -z "$script" ] || cp "$script" "$call/script"

action="TOY_$stage"
if [ -n "${!action-}" ]; then
  eval "${!action}"
  exit
fi
case $command in
  config)
    echo "{\"driver\":{\"name\":\"toy\",\"version\":\"1.2\"},\"hostname\":\"toy-host\",\"job_env\":{\"TOY_ATTEMPT\":\"$RANDOM\"},"
    echo "\"builds_dir\":\"$TOY_HOME/builds\",\"cache_dir\":\"$TOY_HOME/cache\"}"
    ;;
  run)
    bash "$script"
    code=$?
    [ $code -eq 0 ] && exit 0
    echo $code > "$BUILD_EXIT_CODE_FILE"
    exit "$BUILD_FAILURE_EXIT_CODE"
    ;;
esac
