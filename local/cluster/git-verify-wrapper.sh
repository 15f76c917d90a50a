#!/bin/sh
# Argo CD's repo-server runs this from its PATH: the verdict of git about the signature of a commit or an annotated tag goes to stdout.
# A bad or missing signature is a verdict, not a failure; Argo CD judges the text.
revision="${1:?usage: git-verify-wrapper.sh REVISION}"
kind=commit
git describe --exact-match "$revision" >/dev/null 2>&1 && kind=tag
verdict=$(git "verify-$kind" "$revision" 2>&1)
code=$?
if [ "$code" -gt 1 ]; then
  echo "$verdict" >&2
  exit "$code"
fi
# git verify-tag calls a tag without a signature an error; for Argo CD that is no text at all.
case "$kind $code $verdict" in
"tag 1 error:"*) ;;
*) echo "$verdict" ;;
esac
