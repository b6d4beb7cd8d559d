#!/usr/bin/env bash
# The main job with curl alone: a folder tree of DICOM becomes sessions with scans, and comes back byte for byte.
# ISOCENTER_URL and ISOCENTER_ADMIN_PASSWORD say where; DICOM_FOLDER holds one folder per session with one per scan.
# Prints what it did; ends with a status above 0 at the first difference.
set -euo pipefail

project="CURL$$"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
base="$ISOCENTER_URL/data/projects/$project"

# One sign-in; every later call brings only its cookie.
session="$(curl -sSf -u "admin:$ISOCENTER_ADMIN_PASSWORD" "$ISOCENTER_URL/data/JSESSION")"
call() { curl -sSf --cookie "JSESSIONID=$session" "$@"; }
fail() { echo "$*" >&2; exit 1; }

call -X PUT "$base?accessibility=private" >/dev/null
sent=0
for folder in "$DICOM_FOLDER"/*/; do
  label="$(basename "$folder")"
  scans=("$folder"*/)
  [ -d "${scans[0]}" ] || continue
  call -X PUT "$base/subjects/$label" >/dev/null
  place="$base/subjects/$label/experiments/$label"
  call -X PUT "$place?xsiType=xnat:mrSessionData" >/dev/null
  for scan in "${scans[@]}"; do
    name="$(basename "$scan")"
    call -X PUT "$place/scans/$name?xsiType=xnat:mrScanData&type=T1" >/dev/null
    files="$place/scans/$name/resources/DICOM/files"
    count="$(find "$scan" -type f | wc -l)"
    if [ "$count" -gt 10 ]; then
      # Many files go as one stream that the server unpacks.
      tar -C "$scan" -czf - . | call -T - "$files/upload.tar.gz?extract=true&format=DICOM&content=RAW" >/dev/null
    else
      (cd "$scan" && find . -type f | sed 's|^\./||') | while read -r path; do
        printf 'url = "%s"\nupload-file = "%s"\n' "$files/$path?format=DICOM&content=RAW" "$scan$path"
      done | call -K - >/dev/null
    fi
    sent=$((sent + count))

    # The list names every file with the digest of its bytes.
    call "$files?format=csv" | tail -n +2 | tr -d '"\r' | awk -F, '{ sub(/.*\/files\//, "", $3); print $9 "  " $3 }' | sort >"$work/listed"
    (cd "$scan" && find . -type f | sed 's|^\./||' | xargs md5sum) | sort >"$work/local"
    cmp "$work/local" "$work/listed" || fail "$label/$name: the list differs"

    # Single files, all in one run.
    mkdir -p "$work/single/$label/$name"
    (cd "$scan" && find . -type f | sed 's|^\./||') | while read -r path; do
      printf 'url = "%s"\noutput = "%s"\ncreate-dirs\n' "$files/$path" "$work/single/$label/$name/$path"
    done | call -K -
    diff -r "$scan" "$work/single/$label/$name" || fail "$label/$name: single files differ"
  done

  # The whole session as tar.gz: the folder of a scan is called after its id and type.
  mkdir -p "$work/tar"
  call "$place/scans/ALL/files?format=tar.gz" | tar -C "$work/tar" -xzf -
  for scan in "${scans[@]}"; do
    name="$(basename "$scan")"
    diff -r "$scan" "$work/tar/$label/scans/$name-T1/resources/DICOM/files" || fail "$label/$name: the tar differs"
  done
  call -o "$work/$label.zip" "$place/scans/ALL/files?format=zip"

  # A download that broke off goes on where it stopped.
  first="$(cd "${scans[0]}" && find . -type f | sed 's|^\./||' | head -1)"
  url="$place/scans/$(basename "${scans[0]}")/resources/DICOM/files/$first"
  call -r 0-99 -o "$work/part" "$url"
  [ "$(wc -c <"$work/part")" -eq 100 ] || fail "$label: a range has the wrong length"
  call -C - -o "$work/part" "$url"
  cmp "${scans[0]}$first" "$work/part" || fail "$label: a continued download differs"
done

# Zips are read by Python, which more machines have than unzip.
command -v python3 >/dev/null || fail 'python3 is not installed'
python3 - "$work" "$DICOM_FOLDER" <<'PYTHON'
import os, sys, zipfile
work, dicom = sys.argv[1:]
for name in sorted(os.listdir(work)):
    if not name.endswith('.zip'):
        continue
    session, expected = name[:-4], {}
    with zipfile.ZipFile(os.path.join(work, name)) as packed:
        found = {one: packed.read(one) for one in packed.namelist()}
    for at, _, files in os.walk(os.path.join(dicom, session)):
        scan, *deeper = os.path.relpath(at, os.path.join(dicom, session)).split(os.sep)
        for file in files:
            if scan != '.':
                with open(os.path.join(at, file), 'rb') as content:
                    expected['/'.join([session, 'scans', f'{scan}-T1', 'resources', 'DICOM', 'files', *deeper, file])] = content.read()
    assert found == expected, f'{session}: the zip differs'
PYTHON

# What was deleted is gone.
for folder in "$DICOM_FOLDER"/*/; do
  label="$(basename "$folder")"
  call -X DELETE "$base/subjects/$label?removeFiles=true" >/dev/null || continue
  [ "$(curl -s -o /dev/null -w '%{http_code}' --cookie "JSESSIONID=$session" "$base/subjects/$label/experiments/$label")" = 404 ] ||
    fail "$label is still there"
done
call -X DELETE "$ISOCENTER_URL/data/JSESSION" >/dev/null
[ "$sent" -gt 0 ] || fail "no sessions in $DICOM_FOLDER"
echo "$sent files went and came back the same"
