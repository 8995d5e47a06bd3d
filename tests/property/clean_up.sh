#!/bin/sh
# Removes from a host whatever any drawn case has ever made, and puts back what it changed. The first time it keeps what to put back.
saved=/root/saved-by-property
if [ ! -d $saved ]; then
  mkdir $saved; cp -a /etc/ufw $saved/ufw; cp -a /etc/default/ufw $saved/default; cp -a /home/plain $saved/plain
  sysctl net.ipv4.conf.lo.log_martians net.ipv4.conf.lo.arp_ignore net.ipv4.tcp_rmem net.ipv4.ip_forward >$saved/settings
fi
systemctl stop 'holdfast-secrets-*.timer'
if [ -n "$(ls -d /etc/ssh/sshd_config.d/*-hf-p.conf 2>/dev/null)" ]; then rm /etc/ssh/sshd_config.d/*-hf-p.conf; systemctl reload ssh; fi
rm -rf /var/lib/holdfast /srv/p /etc/hf-p* /etc/sysctl.d/60-holdfast-* /etc/sudoers.d/hf-p* /home/plain \
  /etc/docker /etc/grafana /etc/logrotate.d/hf-p*
cp -a $saved/plain /home/plain
for unit in hf-p0.service hf-p1.service hf-p2.timer hf-pv.service hf-pd.service hf-pt0.timer hf-pt1.timer hf-pt0.service hf-pt1.service \
  nftables-inet-hfp.service nftables-ip-hfq.service; do
  [ -n "$(ls -d /etc/systemd/system/$unit* /usr/lib/systemd/system/$unit /etc/systemd/system/*.wants/$unit 2>/dev/null)" ] || continue
  systemctl -q stop $unit 2>/dev/null
  rm -rf /etc/systemd/system/$unit /etc/systemd/system/$unit.d /usr/lib/systemd/system/$unit /etc/systemd/system/*.wants/$unit
  reload=yes
done
[ -z "$reload" ] || { systemctl daemon-reload; systemctl reset-failed 'hf-p*' 2>/dev/null; }
if ! diff -rq $saved/ufw /etc/ufw >/dev/null || ! cmp -s $saved/default /etc/default/ufw; then
  if grep -q ENABLED=yes /etc/ufw/ufw.conf; then ufw disable >/dev/null; fi
  rm -rf /etc/ufw; cp -a $saved/ufw /etc/ufw; cp -a $saved/default /etc/default/ufw
  nft flush ruleset
fi
for table in 'inet hfp' 'ip hfq'; do nft delete table $table 2>/dev/null; done
rm -f /etc/nftables-inet-hfp.nft /etc/nftables-ip-hfq.nft
sysctl -qp $saved/settings
for name in hfu0 hfu1 hfu2; do
  getent passwd $name >/dev/null && userdel $name
  rm -rf "/home/${name:?}" "/home/$name-new"
done
for name in hfg0 hfg1 hfg2; do getent group $name >/dev/null && groupdel $name; done
for name in hf-tool hf-hello hf-config hf-daemon hf-libdep; do
  if dpkg-query -W $name >/dev/null 2>&1; then
    apt-mark -q unhold $name >/dev/null; DEBIAN_FRONTEND=noninteractive apt-get -q -y purge $name >/dev/null
  fi
done
:
