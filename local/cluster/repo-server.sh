#!/bin/sh
# repo-server.sh PROGRAM [ARGUMENT...]: becomes Argo CD's repo-server, without a gpg-agent from before it. repo-server empties its GnuPG folder
# at each start and makes a new key there, which fails while an agent of the emptied folder still answers; in a container none would.
if gpgconf --homedir "$ARGOCD_GNUPGHOME" --kill gpg-agent >/dev/null 2>&1; then
  # It removes its sockets last.
  tries=0
  while [ -e "$ARGOCD_GNUPGHOME/S.gpg-agent" ] && [ "$tries" -lt 30 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
fi
rm -f "$ARGOCD_GNUPGHOME"/S.*
exec "$@"
