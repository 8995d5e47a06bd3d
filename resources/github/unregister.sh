# ROOT: the registration is the one that standard input holds, or none.
cd -- "$1" || exit 0
is_free "$1" || exit 1
rm -f .runner .credentials .credentials_rsaparams .runner_migrated .credentials_migrated .path
if [ -f .hf-service ]; then mv -T .hf-service .service || exit 1; fi
base64 -d >.hf-registration && { [ ! -s .hf-registration ] || tar -xf .hf-registration; }
result=$?
rm -f .hf-registration
exit $result
