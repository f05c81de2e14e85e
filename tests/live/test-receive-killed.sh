#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# jobd is killed again and again while output is received without keep, and its segments go: what a killed jobd did not get to
# know as taken comes once more, from where it began; nothing else does, and nothing is missing.
# timeout: 120
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

cat >print <<'END'
import os, time
for i in range(600):
    os.write(1, b"".join(b"%07d\n" % n for n in range(100 * i, 100 * i + 100)))
    time.sleep(0.001)
END

cat >receive <<'END'
# ID…: receives all output of each job in small answers, and kills jobd meanwhile. Prints what was wrong, or that nothing was.
import json, os, random, subprocess, sys, time

expected = b"".join(b"%07d\n" % n for n in range(60000))
wrong, answers, kills, again = [], 0, 0, 0
usual = 0.01  # seconds, for an answer


def jobd():
    return int(subprocess.run(["systemctl", "show", "--value", "-p", "MainPID", "jobd.service"], stdout=subprocess.PIPE).stdout)


def receive(job, kill):
    """The bytes, and whether there is more; None, and the complaint, if jobd went without an answer. It goes about when the answer
    comes."""
    global usual
    pid = jobd() if kill else 0
    call = subprocess.Popen(["busctl", "--json=short", "call", "org.jobd1", f"/org/jobd1/job/{job}", "org.jobd1.Job", "Receive",
                             "bta{sv}", "false", "8000", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    begin = time.monotonic()
    if pid > 0:
        time.sleep(random.uniform(0.4, 1) * usual)
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            pass  # the one that was killed before: systemd had not heard of it yet
    out, complaint = call.communicate()
    if answers % 3 == 2:  # jobd was there all the time
        usual += (time.monotonic() - begin - usual) / 4
    if call.returncode != 0:
        return None, complaint.decode().strip()
    frames, more = json.loads(out)["data"]
    return b"".join(bytes(data) for _, _, data in frames), more


random.seed(4711)
for job in sys.argv[1:]:
    start = end = 0  # of the last answer
    killed, more = False, True
    while more:
        kill = answers % 3 == 2
        answers += 1
        kills += kill
        data, rest = receive(job, kill)
        killed = killed or kill
        if data is None:
            # A jobd that was killed after its last answer may keep its name for a moment more.
            if not killed:
                wrong.append(f"job {job}: after {end}: {rest}")
                break
            continue
        more = rest
        if data == expected[end:end + len(data)]:
            start = end
        elif killed and data == expected[start:start + len(data)]:
            again += 1
        else:
            wrong.append(f"job {job}: after {start} to {end} came {data[:16]}, {len(data)} bytes")
            break
        end = start + len(data)
        killed = kill
    if end != len(expected):
        wrong.append(f"job {job}: {end} of {len(expected)} bytes")
print("\n".join(wrong) if wrong else "all, once")
print(f"{answers} answers, {kills} times killed, {again} answers came again", file=sys.stderr)
END

ids=()
for _ in 1 2; do
        ids+=("$(jobctl start --output-limit=600K -- python3 "$scratch/print")")
done
jobctl --quiet wait "${ids[@]}" >/dev/null
segments=$(find /var/lib/jobd/"${ids[0]}" -name 'output.*' | wc -l)
ok "a job has some segments" test "$segments" -ge 5
is "all comes, and nothing else" "$(python3 receive "${ids[@]}" 2>counts)" "all, once"
explain "$(cat counts)"
for id in "${ids[@]}"; do
        # the last answer may have been on its way
        jobctl receive "$id" >/dev/null
        is "job $id: nothing is left, and nothing was lost" \
                "$(properties "$id" HasMoreData OutputLost OutputDropped)" "no 0 0"
        is "job $id: no segment is left" "$(find "/var/lib/jobd/$id" -name 'output.*')" ""
done
