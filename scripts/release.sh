#!/usr/bin/env bash
# Publish a version whose image is there: `scripts/release.sh 1.2.3 REGISTRY/NAME@sha256:…`, in a job of the release.
#
# 1. The repository of the action `setup/container`, whose commit the composite action `setup` names.
# 2. This one, with the image's digest in every action.yml and without its workflows, on the branch `releases`.
# 3. The repositories of the other actions, of which one that fails hinders no other.
#
# Each gets the tag v1.2.3, then a release with the changelog's section as its text; only then v1 and v1.2 move.
# Run again, it goes on where it stopped. MIRRORS_TOKEN may write to the other repositories.
set -euo pipefail

version=$1
image=$2
owner=${GITHUB_REPOSITORY%%/*}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_AUTHOR_NAME='github-actions[bot]' GIT_COMMITTER_NAME='github-actions[bot]'
export GIT_AUTHOR_EMAIL='41898282+github-actions[bot]@users.noreply.github.com'
export GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL

# publish DIRECTORY REPOSITORY BRANCH: prints the version's commit
publish() {
  scripts/publish.sh "$1" "$GITHUB_SERVER_URL/$2" "$3" "v$version" || return
  gh release view "v$version" --repo "$2" > /dev/null 2>&1 \
    || gh release create "v$version" --repo "$2" --verify-tag --title "v$version" --notes-file "$work/notes.md" >&2 \
    || return
  scripts/float.sh "$GITHUB_SERVER_URL/$2" "v$version" >&2
}

mirror() { GH_TOKEN=$MIRRORS_TOKEN publish "$work/mirrors/$1" "$owner/$1" main < /dev/null; }

python3 scripts/changelog.py "$version" > "$work/notes.md"
mkdir "$work/tree" "$work/mirrors"
git archive HEAD -- . ':!.github' | tar --extract --directory "$work/tree"
python3 scripts/standalone.py "$work/mirrors" --image "$image" \
  --home "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" --tag "v${version%%.*}" > "$work/names"

setup=$(mirror setup-container)
python3 scripts/pin_actions.py "$work/tree" --image "$image" --setup "$owner/setup-container@$setup"
publish "$work/tree" "$GITHUB_REPOSITORY" releases

failed=()
while read -r name; do
  [[ $name == setup-container ]] || mirror "$name" || failed+=("$name")
done < "$work/names"
if ((${#failed[@]})); then
  echo "::error::not published: ${failed[*]}"
  exit 1
fi
