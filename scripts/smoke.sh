#!/usr/bin/env bash
# Does a built image work, started as a runner starts it? `scripts/smoke.sh IMAGE`
# ENGINE is the program that runs it, with options if need be: docker, or podman.
set -euo pipefail

image=$1
read -ra engine <<< "${ENGINE:-docker}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work"/{workspace,home,workflow,commands}
echo '{}' > "$work/workflow/event.json"
touch "$work/commands/output" "$work/commands/summary"
cat > "$work/workspace/schema.pg.hcl" << 'HCL'
schema "public" {}
table "users" {
  schema = schema.public
  column "id" {
    type = bigint
  }
}
HCL
# What would run in our place, were the workspace on the path of imports.
for module in json yaml typing backstay; do
  echo 'raise SystemExit("imported from the workspace")' > "$work/workspace/$module.py"
done

say() { printf '%s\n' "$*" >&2; }
die() { say "FAILED: $*"; exit 1; }

inside() { "${engine[@]}" run --rm --entrypoint sh "$image" -c "$1"; }

# action NAME [--env …]: a step of that action
action() {
  local name=$1
  shift
  "${engine[@]}" run --rm --workdir /github/workspace \
    --volume "$work/workspace:/github/workspace" --volume "$work/home:/github/home" \
    --volume "$work/workflow:/github/workflow" --volume "$work/commands:/github/file_commands" \
    --env CI=true --env GITHUB_ACTIONS=true --env HOME=/github/home --env PYTHONPATH=/github/workspace \
    --env GITHUB_WORKSPACE=/github/workspace --env GITHUB_EVENT_NAME=push \
    --env GITHUB_EVENT_PATH=/github/workflow/event.json --env GITHUB_REPOSITORY=org/app \
    --env GITHUB_REF=refs/heads/main --env GITHUB_REF_NAME=main --env GITHUB_REF_TYPE=branch \
    --env GITHUB_SHA=0000000000000000000000000000000000000000 \
    --env GITHUB_OUTPUT=/github/file_commands/output --env GITHUB_STEP_SUMMARY=/github/file_commands/summary \
    --env BACKSTAY_REGISTRY_URL=file:///github/workspace/registry --env INPUT_COMMENT=never \
    "$@" "$image" "$name"
}

say "the command line starts"
inside 'cd /tmp && backstay version' || die "backstay version"

say "there is nothing to install or to compile with"
if inside 'command -v pip gcc cc make git || python -m pip --version' 2> /dev/null; then die "found some"; fi

say "PostgreSQL takes a schema, and the registry gets it"
action schema/push --env INPUT_URL=file://schema.pg.hcl --env INPUT_SCHEMA-NAME=app --env INPUT_ENV= \
  --env 'INPUT_DEV-URL=docker://postgres/18/dev?search_path=public' || die "push"
grep -q '^slug<<' "$work/commands/output" || die "push set no outputs"
[[ -s $work/commands/summary ]] || die "push wrote no summary"

say "a wrong input is told, and fails the step"
if wrong=$(action schema/push --env INPUT_LATEST=perhaps --env INPUT_URL=file://schema.pg.hcl); then die "it passed"; fi
grep -q '^::error' <<< "$wrong" || die "no annotation: $wrong"

say "the image works"
