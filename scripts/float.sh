#!/usr/bin/env bash
# Move the floating tags of a repository to a version: `scripts/float.sh REMOTE VERSION`
#
# v1 and v1.2 then stand where v1.2.3 stands, unless a newer version of the line is there already, as when an old
# line is mended.
set -euo pipefail

remote=$1
version=$2
[[ $version =~ ^(v[0-9]+)\.([0-9]+)\.[0-9]+$ ]] || { echo "not a version: $version" >&2; exit 2; }
lines=("${BASH_REMATCH[1]}" "${BASH_REMATCH[1]}.${BASH_REMATCH[2]}")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git init --quiet --bare "$work"
cd "$work"
git fetch --quiet --no-tags -- "$remote" 'refs/tags/*:refs/tags/*'
for line in "${lines[@]}"; do
  newest=$(git tag --list "$line.*" | grep -E '^v[0-9]+\.[0-9]+\.[0-9]+$' | sort --version-sort | tail -n 1)
  if [[ $newest == "$version" ]]; then
    git tag --force --annotate --message "$line: $version" "$line" "$version^{commit}" > /dev/null
    git push --quiet --force -- "$remote" "refs/tags/$line"
    echo "$line is $version"
  else
    echo "$line stays: $newest is newer"
  fi
done
