#!/usr/bin/env bash
# Pictures of every page and state, laid out on contact sheets in docs/images:
# sheet-PART-LOOK.webp. The pictures are those that the browser tests take
# (person.shot), and a walk through a demo with its people (TestSheets). For
# maintainers; needs Chromium and ImageMagick (convert).
#
#	make sheets                                      four looks, that have each language, theme and width
#	make sheets LOOKS="en-dark-1280 de-dark-1280"    others
#	make sheets SHOTS=/some/folder                   keeps the pictures there; lays out what is there already
set -euo pipefail
cd "$(dirname "$0")/.."

export PEERSCRIP_LOOKS=${LOOKS:-en-light-1280 en-dark-360 de-dark-1280 de-light-360}
export PEERSCRIP_SHOTS=${SHOTS:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "$PEERSCRIP_SHOTS" ]; then
	PEERSCRIP_SHOTS=$work/shots
	mkdir "$PEERSCRIP_SHOTS"
fi
if [ -z "$(ls "$PEERSCRIP_SHOTS")" ]; then
	go test ./services/e2e -run '^(TestSheets|TestBrowser)' -parallel 2 -timeout 60m
fi

# page PART LOOK COLUMNS WIDTH PICTURE...: one sheet as a page, its pictures in columns.
page() {
	local part=$1 look=$2 columns=$3 width=$4 file name
	shift 4
	echo '<!doctype html><meta charset="utf-8"><style>'
	echo "body{margin:0;padding:16px;width:$((columns * (width + 12)))px;background:#808a86;font:12px/1.3 sans-serif;color:#fff}"
	echo "h1{font-size:20px;margin:0 0 12px}main{columns:$columns;column-gap:12px}"
	echo 'figure{margin:0 0 12px;break-inside:avoid}div{max-height:900px;overflow:hidden;border-radius:4px}img{width:100%;display:block}</style>'
	echo "<h1>$part, $look</h1><main>"
	for file in "$@"; do
		name=$(basename "$file" "-$look.png")
		echo "<figure><figcaption>${name#*-}</figcaption><div><img src=\"file://$file\"></div></figure>"
	done
	echo '</main>'
}

# sheet PART LOOK FOLDER...: makes a sheet of what was pictured in these folders.
sheet() {
	local part=$1 look=$2 columns=5 width=400 files=() folder quality
	shift 2
	for folder in "$@"; do
		for file in "$PEERSCRIP_SHOTS/$folder"/*-"$look.png"; do [ ! -f "$file" ] || files+=("$file"); done
	done
	[ ${#files[@]} -gt 0 ] || return 0
	[ "${look##*-}" -gt 600 ] || columns=9 width=216
	page "$part" "$look" "$columns" "$width" "${files[@]}" >"$work/page.html"
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run --disable-background-networking \
		--force-device-scale-factor=1 --user-data-dir="$work/profile" --window-size=$((columns * (width + 12) + 32)),12000 \
		--screenshot="$work/sheet.png" "file://$work/page.html" >"$work/log" 2>&1 || { cat "$work/log" >&2; return 1; }
	for quality in 70 60 50 40 30 20; do
		[ $quality -gt 20 ] || mogrify -resize 75% "$work/sheet.png"
		convert "$work/sheet.png" -bordercolor '#808a86' -border 1 -trim +repage -strip -quality $quality "docs/images/sheet-$part-$look.webp"
		[ "$(wc -c <"docs/images/sheet-$part-$look.webp")" -gt 700000 ] || break
	done
	echo "docs/images/sheet-$part-$look.webp: ${#files[@]} pictures, $(wc -c <"docs/images/sheet-$part-$look.webp") bytes"
}

rm -f docs/images/sheet-*.webp
states=$(cd "$PEERSCRIP_SHOTS" && ls | grep -vxE 'shop|wallet|desk|operator|axe' | tr '\n' ' ') || true
for look in $PEERSCRIP_LOOKS; do
	for part in shop wallet desk operator; do sheet $part "$look" $part; done
	sheet extremes "$look" axe
	sheet states "$look" $states
done
