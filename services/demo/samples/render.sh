#!/bin/sh
# Renders art/*.svg to JPEGs next to this script: as large as the SVG's viewBox, but
# 1200x900 where that is 900x675. For maintainers only:
# needs chromium and ImageMagick (convert). Usage: ./render.sh [name ...]
set -eu
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
if [ $# -eq 0 ]; then
	for f in art/*.svg; do set -- "$@" "$(basename "$f" .svg)"; done
fi
for name in "$@"; do
	size=$(sed -n 's/.*viewBox="0 0 \([0-9]*\) \([0-9]*\)".*/\1x\2/p' "art/$name.svg" | head -1)
	[ "$size" != 900x675 ] || size=1200x900
	width=${size%x*} height=${size#*x}
	{
		echo "<!doctype html><meta charset=\"utf-8\"><style>html,body{margin:0;background:#000}svg{display:block;width:${width}px;height:${height}px}</style>"
		cat "art/$name.svg"
	} >"$tmp/page.html"
	rm -rf "$tmp/profile" "$tmp/out.png"
	# The window is taller than the picture because some Chromium releases
	# take the (invisible) toolbar's height off the page, and never narrower than
	# 500, which is the least that some make.
	chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
		--disable-background-networking --disable-component-update --disable-sync \
		--hide-scrollbars --force-device-scale-factor=1 \
		--window-size=$((width > 500 ? width : 500)),$((height + 100)) \
		--user-data-dir="$tmp/profile" --screenshot="$tmp/out.png" \
		"file://$tmp/page.html" >"$tmp/log" 2>&1 || { cat "$tmp/log" >&2; exit 1; }
	for quality in 82 78 74 66 58 50; do
		convert "$tmp/out.png" -crop "$size+0+0" +repage -strip \
			-sampling-factor 4:2:0 -interlace JPEG -quality $quality "$name.jpg"
		[ "$(wc -c <"$name.jpg")" -gt 88000 ] || break
	done
	echo "$name.jpg $size $(wc -c <"$name.jpg")"
done
