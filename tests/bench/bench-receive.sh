#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Receiving 1 GB into a pipe, against cat of the same bytes.
. "$(dirname "$0")/lib.sh"
rounds=5

head -c 1G /dev/urandom >/var/tmp/bytes
id=$(jobctl start cat /var/tmp/bytes)
jobctl wait "$id" >/dev/null

receive() { seconds sh -c "jobctl receive --keep $id | cat >/dev/null"; }
copy() { seconds sh -c 'cat /var/tmp/bytes | cat >/dev/null'; }
compare copy receive
row "\`jobctl receive\` of 1 GB into a pipe: $(awk -v t="$b" 'BEGIN { printf "%.2f GB/s", 1.073741824 / t }')" \
        "\`cat\` of the same file: $(awk -v t="$a" 'BEGIN { printf "%.2f GB/s", 1.073741824 / t }')" \
        "$ratio of its rate" "≥ 0.4"
remove_all
rm -f /var/tmp/bytes
