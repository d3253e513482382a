#!/usr/bin/env bash
# Publish the files of a directory as a version of a repository: `scripts/publish.sh DIRECTORY REMOTE BRANCH VERSION`
#
# A commit on BRANCH, which may be new, makes the repository's files those of DIRECTORY; the tag VERSION (v1.2.3) is put on it. A
# version that is there already is never moved: the same files again are fine, others are refused. Prints the
# commit. `scripts/float.sh` moves v1 and v1.2, when the version has its release.
set -euo pipefail

directory=$(realpath "$1")
remote=$2
branch=$3
version=$4
[[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+$ ]] || { echo "not a version: $version" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone --quiet --no-checkout -- "$remote" "$work/clone"
export GIT_DIR=$work/clone/.git GIT_WORK_TREE=$directory
cd "$directory"
before=$(git rev-parse --quiet --verify "refs/remotes/origin/$branch" || git rev-parse HEAD)
git update-ref --no-deref HEAD "$before"

git add --all --force .
if published=$(git rev-parse --quiet --verify "refs/tags/$version^{commit}"); then
  [[ $(git write-tree) == "$(git rev-parse "$published^{tree}")" ]] \
    || { echo "$version is published with other files" >&2; exit 1; }
  echo "$published"
  exit
fi
git commit --quiet --allow-empty --message "Release $version"
git tag --annotate --message "$version" "$version"
git push --quiet --atomic origin "HEAD:refs/heads/$branch" "refs/tags/$version"
git rev-parse HEAD
