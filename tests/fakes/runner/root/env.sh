#!/bin/bash
# Keeps variables that jobs want in .env and the PATH in .path; what stands in .env already is left.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" || exit 1
touch .env
for name in LANG JAVA_HOME ANT_HOME M2_HOME ANDROID_HOME ANDROID_SDK_ROOT GRADLE_HOME NVM_BIN NVM_PATH LD_LIBRARY_PATH PERL5LIB; do
  value=${!name}
  if [ -n "$value" ] && ! grep -q "^$name=" .env; then
    echo "$name=$value" >>.env
  fi
done
echo "$PATH" >.path
