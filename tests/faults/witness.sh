#!/bin/sh
# Stands in the way of a program that changes something on a host: says in /var/log/witness for whom it was called (the account
# of the login that it descends from, or `host`), then runs it. Knows nothing of holdfast. Linked to as each such program, in
# a folder that comes early in PATH.
name=${0##*/} pid=$$ who=host
while [ "$pid" -gt 1 ]; do
  program='' uid='' up=1
  while read -r key value _; do
    case $key in Name:) program=$value ;; PPid:) up=$value ;; Uid:) uid=$value; break ;; esac
  done <"/proc/$pid/status"
  if [ "$program" = sshd ] && [ "$uid" != 0 ]; then who=$uid; break; fi
  pid=$up
done
case "$name $*" in
  'systemctl show'* | 'systemctl is-'* | 'systemctl list-'* | 'systemctl cat'* | 'sysctl -n'*) ;;
  *) echo "$who $name $*" >>/var/log/witness ;;
esac
if [ "$name" = stroke ]; then
  # Works for a while, and says when it is through.
  sleep "$1"
  echo "$who stroke-ends $*" >>/var/log/witness
  exit 0
fi
PATH=/usr/sbin:/usr/bin:/sbin:/bin exec "$name" "$@"
