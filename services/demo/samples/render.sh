#!/bin/sh
# Renders art/*.svg to 1200x900 JPEGs next to this script. For maintainers only:
# needs chromium and ImageMagick (convert). Usage: ./render.sh [name ...]
set -eu
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
if [ $# -eq 0 ]; then
	for f in art/*.svg; do set -- "$@" "$(basename "$f" .svg)"; done
fi
for name in "$@"; do
	{
		echo '<!doctype html><meta charset="utf-8"><style>html,body{margin:0;background:#000}svg{display:block;width:1200px;height:900px}</style>'
		cat "art/$name.svg"
	} >"$tmp/page.html"
	rm -rf "$tmp/profile" "$tmp/out.png"
	# The window is taller than the picture because some Chromium releases
	# take the (invisible) toolbar's height off the page.
	chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
		--disable-background-networking --disable-component-update --disable-sync \
		--hide-scrollbars --force-device-scale-factor=1 --window-size=1200,1000 \
		--user-data-dir="$tmp/profile" --screenshot="$tmp/out.png" \
		"file://$tmp/page.html" >"$tmp/log" 2>&1 || { cat "$tmp/log" >&2; exit 1; }
	for quality in 82 78 74; do
		convert "$tmp/out.png" -crop 1200x900+0+0 +repage -strip \
			-sampling-factor 4:2:0 -interlace JPEG -quality $quality "$name.jpg"
		[ "$(wc -c <"$name.jpg")" -gt 88000 ] || break
	done
	echo "$name.jpg $(wc -c <"$name.jpg")"
done
